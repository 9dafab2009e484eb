"""Addresses of databases as the old clan system wrote them; pure.

They follow SQLAlchemy: `postgresql+psycopg2://user:password@host:5432/name?sslmode=require`, `sqlite:///relative.db`,
`sqlite:////absolute.db`. A driver after the plus is of no importance to us.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote

# As SQLAlchemy reads it: a slash, a question mark or a hash may stand in a password, an @ is written %40.
_POSTGRES: Final = re.compile(
    r"""(?:(?P<user>[^:/@]*)(?::(?P<password>[^@]*))?@)?
    (?:\[(?P<host6>[0-9A-Fa-f:.%]+)\]|(?P<host>[^/:?@\[\]]*))
    (?::(?P<port>[0-9]{0,5}))?
    (?:/(?P<name>[^?]*))?
    (?:\?(?P<options>.*))?""",
    re.VERBOSE | re.DOTALL,
)


# Libpq's own; what only tells a driver how to behave is left out, the encoding too, for ours is fixed.
_OPTION: Final = re.compile(
    r"host|hostaddr|port|user|password|dbname|passfile|service|options|application_name|target_session_attrs"
    r"|connect_timeout|tcp_user_timeout|keepalives\w*|ssl\w+|gss\w+|krbsrvname|channel_binding|require_?(auth|peer)"
)


class BadAddress(ValueError):  # noqa: N818 - it says what is wrong
    """This is no address of a database; the address itself is never told, for it may hold a password."""


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """What libpq is to be told; what it is not told comes from its environment (PGPASSWORD, ~/.pgpass)."""

    parameters: dict[str, str] = field(repr=False)

    def hushed(self, text: str) -> str:
        """Return a text without the passwords in it."""
        secrets = [self.parameters[name] for name in ("password", "sslpassword") if name in self.parameters]
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return text


@dataclass(frozen=True, slots=True)
class SqliteAddress:
    """A file, from where the command is run or from the root."""

    path: str


def parse(url: str) -> PostgresAddress | SqliteAddress:
    """Read an address; raise BadAddress if it is none."""
    scheme, separator, rest = url.strip().partition("://")
    kind = scheme.partition("+")[0].lower()
    if separator and kind == "sqlite" and len(rest) > 1 and rest.startswith("/"):
        return SqliteAddress(rest[1:].partition("?")[0])
    if separator and kind in {"postgresql", "postgres"}:
        return PostgresAddress(_parameters(rest))
    raise BadAddress


def _parameters(rest: str) -> dict[str, str]:
    found = _POSTGRES.fullmatch(rest)
    if found is None or "\0" in unquote(rest):
        raise BadAddress
    parts = {
        "user": unquote(found["user"] or ""),
        "password": unquote(found["password"] or ""),
        "host": found["host6"] or unquote(found["host"] or ""),
        "port": found["port"] or "",
        "dbname": unquote(found["name"] or ""),
    }
    options = {name: value for name, value in parse_qsl(found["options"] or "") if _OPTION.fullmatch(name)}
    return {name: value for name, value in parts.items() if value} | options
