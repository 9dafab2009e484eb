"""When the tokens of hosts end, asked once a day; the network is never asked inside a transaction."""

import logging
from collections.abc import Iterator, Mapping

from territory.models import BanList, LogSource
from territory.reach import HostError
from territory.reach.nitrado import NitradoService

logger = logging.getLogger(__name__)
_MODELS: Mapping[str, type[LogSource | BanList]] = {"source": LogSource, "list": BanList}


def rows_with_tokens() -> Iterator[tuple[str, int]]:
    """Yield the active rows whose host tells when their token ends, each as its kind and id."""
    for kind, model in _MODELS.items():
        rows = model.objects.filter(kind="nitrado", is_active=True).exclude(secret="")
        yield from ((kind, pk) for pk in rows.order_by("pk").values_list("pk", flat=True))


def note_token_end(kind: str, pk: int) -> None:
    """Ask a row's host when its token ends, and store it. Without an answer, what was known stays."""
    row = _MODELS[kind].objects.get(pk=pk)
    try:
        ends_at = NitradoService(row.host_address).token_ends_at()
    except HostError as error:
        logger.warning("The end of the token of %s is not known: %s", kind, error)
        return
    # Only the token that was asked about: somebody may have entered another meanwhile.
    if _MODELS[kind].objects.get(pk=pk).secret == row.secret:
        _MODELS[kind].objects.filter(pk=pk).update(secret_ends_at=ends_at)
