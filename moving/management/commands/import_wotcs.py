"""Moves in from the old clan system."""

import re
from argparse import ArgumentParser
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from environ import Env

from moving.report import MovingCommand, Report
from moving.source import OldSource, open_database, open_sqlite
from moving.wotcs import move_in
from moving.wotcs_games import Destination
from moving.wotcs_rows import TABLES
from tanks.services import realms
from tanks.wargaming.errors import NotConfiguredError

# The old system named its driver in the address: postgresql+psycopg2://
_DRIVER = re.compile(r"(postgres|postgresql|sqlite)(?:\+\w+)?://(.*)", re.DOTALL)


class Command(MovingCommand):
    """`import_wotcs --database URL [--json] [--dry-run]`."""

    help = "Take over people, players and vehicles from the database of the old clan system, as often as you like."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        url = _("its database: postgresql://user:password@host:5432/name, or a copy: sqlite:///copy.db")
        parser.add_argument("--database", metavar="URL", required=True, help=url)

    def move_in(self, options: dict[str, Any]) -> tuple[Report, dict[str, object]]:
        report = Report(TABLES)
        with _opened(options["database"]) as source:
            to = _destination()
            move_in(source, to, report)
        return report, {"realm": to.realm.name, "clan": to.clan and to.clan.wargaming_id}


def _opened(url: str) -> AbstractContextManager[OldSource]:
    config = address_of(url)
    return open_sqlite(Path(config["NAME"])) if "sqlite" in config["ENGINE"] else open_database(config)


def address_of(url: str) -> dict[str, Any]:
    """Return Django's settings for the address of a database, which is never shown: it may hold a password."""
    address = _DRIVER.fullmatch(url.strip())
    try:
        config: dict[str, Any] = Env.db_url_config(f"{address[1]}://{address[2]}") if address else {}
    except ValueError:
        config = {}
    if config.get("NAME", "") in {"", ":memory:"} or "\0" in unquote(url):
        words = _(
            "This is no address of a database. Write it like postgresql://user:password@host:5432/name "
            "(signs in the password that are neither letters nor digits as %40 and the like) or sqlite:///copy.db."
        )
        raise CommandError(words)
    return config


def _destination() -> Destination:
    """Return the realm of WOT_REALM and the clan of CLAN_ID."""
    try:
        return Destination(realms.realm_at(settings.WOT_REALM), realms.default_clan(), timezone.now())
    except NotConfiguredError as error:
        raise CommandError(str(error)) from None
