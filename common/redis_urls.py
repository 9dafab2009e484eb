"""Spellings of one Redis address, pure: redis-py's, of which settings hold one, and Celery's."""

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit


def broker_url(url: str) -> str:
    """Return Celery's spelling of a redis-py address: only sockets are spelled differently."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    credentials, _, _ = parts.netloc.rpartition("@")
    return f"redis+socket://{credentials + '@' if credentials else ''}{parts.path}?virtual_host={database}"


def other_database(url: str, number: int) -> str:
    """Return a redis-py address with another database number: emptying a cache must not empty the queues."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return urlunsplit(parts._replace(path=f"/{number}"))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | {"db": str(number)}
    return f"unix://{parts.netloc}{parts.path}?{urlencode(query)}"
