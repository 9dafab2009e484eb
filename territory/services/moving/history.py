"""The old system's infractions: history, in batches; nobody is banned for them anew."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db import DataError, IntegrityError, transaction

from common import bulk
from territory.legacy import database, rows
from territory.legacy.database import Raw
from territory.legacy.trouble import Reason, RefusedError
from territory.models import Base, ImportedRow, Infraction
from territory.services.moving.taking import (
    Kind,
    Moving,
    Outcome,
    Values,
    digest_of,
    lock,
    plain,
    take_change,
)

_BATCH = 1_000
_Read = tuple[Raw, rows.Infraction]


def _wanted(_moving: Moving, told: rows.Infraction, _own_id: int | None) -> Values:
    return {
        "gamertag": told.gamertag,
        "infraction_type": told.kind,
        "item": told.item,
        "base_name": told.base_name,
        "description": told.description,
        "evidence": told.evidence,
        "xuid": told.xuid,
        "occurred_at": told.at,
        "detected_at": told.at,
    }


INFRACTIONS = Kind(
    table=database.INFRACTIONS,
    model=Infraction,
    read=rows.infraction_of,
    wanted=_wanted,
    here=lambda _moving, _wanted: None,
)


def take_history(moving: Moving, raws: Iterable[Raw]) -> None:
    """Take over infractions, a batch in a transaction."""
    bases = _bases_by_name(moving)
    for batch in _batches(raws):
        with transaction.atomic():
            lock(moving.server)
            _take_batch(moving, list(_readable(moving, batch)), bases)


def _batches(raws: Iterable[Raw]) -> Iterator[list[Raw]]:
    rest = iter(raws)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _bases_by_name(moving: Moving) -> dict[str, int]:
    """Return the bases that were moved in and whose name no other one has: all the old system says is a name."""
    moved = Base.objects.filter(pk__in=moving.ids[database.BASES].values())
    named = list(moved.values_list("name", "pk"))
    times = Counter(name for name, _pk in named)
    return {name: pk for name, pk in named if times[name] == 1}


def _readable(moving: Moving, batch: Sequence[Raw]) -> Iterator[_Read]:
    for raw in batch:
        moving.report.count(raw.table, "found")
        try:
            _refuse_repeated(raw)
            yield raw, rows.infraction_of(raw, moving.now)
        except RefusedError as refusal:
            moving.report.refuse(raw, refusal.trouble)


def _refuse_repeated(raw: Raw) -> None:
    """Refuse what a table without a key holds once more."""
    if raw.is_repeated:
        raise RefusedError(Reason.DUPLICATE, key=raw.key.rpartition("#")[0])


def _take_batch(moving: Moving, batch: Sequence[_Read], bases: dict[str, int]) -> None:
    keys = [raw.key for raw, _told in batch]
    stored = ImportedRow.objects.filter(server=moving.server, table=database.INFRACTIONS, key__in=keys)
    known = {row.key: row for row in stored}
    _insert(moving, [one for one in batch if one[0].key not in known], bases)
    for raw, told in batch:
        if (row := known.get(raw.key)) is not None:
            _take_again(moving, raw, told, row)


def _take_again(moving: Moving, raw: Raw, told: rows.Infraction, row: ImportedRow) -> None:
    digest = digest_of(told)
    outcome = Outcome.UNCHANGED
    moving.raw, moving.notes = raw, []
    try:
        if row.digest != digest:
            with transaction.atomic():
                outcome, _number = take_change(moving, INFRACTIONS, told, row, digest)
    except RefusedError as refusal:
        moving.report.refuse(raw, refusal.trouble)
    else:
        for trouble in moving.notes:
            moving.report.note(raw, trouble)
        moving.report.count(raw.table, outcome.name.lower())


def _insert(moving: Moving, new: Sequence[_Read], bases: dict[str, int]) -> None:
    """Write new infractions in two statements; if they fail together, one by one, to find the one at fault."""
    if not new:
        return
    try:
        with transaction.atomic():
            _copy(moving, new, bases)
    except (IntegrityError, DataError) as error:
        if len(new) == 1:
            moving.report.refuse(
                new[0][0], RefusedError(Reason.NOT_STORED, error=type(error).__name__).trouble
            )
            return
        for one in new:
            _insert(moving, [one], bases)
    else:
        moving.report.count(database.INFRACTIONS, "taken", len(new))


def _copy(moving: Moving, new: Sequence[_Read], bases: dict[str, int]) -> None:
    ids = bulk.next_ids(Infraction, len(new))
    wanted = [_wanted(moving, told, None) for _raw, told in new]
    fixed = {
        "server_id": moving.server.pk,
        "status": Infraction.Status.CONFIRMED.value,
        "from_old_system": True,
    }
    columns = ["id", "base_id", *fixed, *wanted[0]]
    bulk.copy_rows(
        "territory_infraction",
        columns,
        (
            [number, bases.get(values["base_name"]), *fixed.values(), *values.values()]
            for number, values in zip(ids, wanted, strict=True)
        ),
    )
    bulk.copy_rows(
        "territory_importedrow",
        ("server_id", '"table"', "key", "object_id", "digest", "kept"),
        (
            (moving.server.pk, raw.table, raw.key, number, digest_of(told), json.dumps(plain(values)))
            for (raw, told), number, values in zip(new, ids, wanted, strict=True)
        ),
    )
