"""Identities: which gamertag is whose, and a player whose gamertag has changed since the file was read before."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Lower, Trim

from clans.models import User
from territory.legacy import database, rows
from territory.legacy.database import Raw
from territory.legacy.trouble import Reason, RefusedError
from territory.legacy.values import folded
from territory.models import ImportedRow, PlayerIdentity
from territory.services.moving.taking import Kind, Moving, Values, known_rows

_Mark = tuple[str, str, str]


def person_of(discord_id: str) -> User:
    """Return the person with a Discord id, made where nobody has it yet."""
    return User.objects.for_discord_id(discord_id)


def _named(gamertag: str) -> models.QuerySet[PlayerIdentity]:
    """Return the linked identities of a gamertag, compared as judging does."""

    def fold(what: Any) -> Lower:
        return Lower(Trim(Func(what, function="normalize")))

    linked = PlayerIdentity.objects.filter(user__isnull=False).select_related("user")
    return linked.annotate(folded=fold("gamertag")).filter(folded=fold(Value(gamertag)))


def _wanted_identity(moving: Moving, told: rows.Identity, own_id: int | None) -> Values:
    person = person_of(told.discord_id)
    other = _named(told.gamertag).exclude(Q(user=person) | Q(pk=own_id or 0)).first()
    if other is not None:
        raise RefusedError(Reason.GAMERTAG_TAKEN, gamertag=told.gamertag, person=other.user)
    wanted: Values = {"user_id": person.pk, "gamertag": told.gamertag}
    if told.player_id:
        bearer = PlayerIdentity.objects.filter(player_id=told.player_id).select_related("user").first()
        if bearer is not None and bearer.user is not None and bearer.user != person and bearer.pk != own_id:
            raise RefusedError(Reason.PLAYER_ID_TAKEN, person=bearer.user)
        wanted["player_id"] = told.player_id
    if told.xuid:
        wanted["xuid"] = told.xuid
        _drop_taken_xuid(moving, wanted, own_id)
    return wanted


def _drop_taken_xuid(moving: Moving, wanted: Values, own_id: int | None) -> None:
    other = PlayerIdentity.objects.filter(xuid=wanted["xuid"]).exclude(pk=own_id or 0).first()
    if other is None or (own_id is None and _is_same(other, wanted)):
        return
    moving.note(Reason.XUID_TAKEN)
    del wanted["xuid"]


def _is_same(identity: PlayerIdentity, wanted: Values) -> bool:
    return identity.user_id == wanted["user_id"] and folded(identity.gamertag) == folded(wanted["gamertag"])


def _identity_here(_moving: Moving, wanted: Values) -> PlayerIdentity | None:
    """Find the player by id, else the person's own identity of that gamertag."""
    by_id = PlayerIdentity.objects.filter(player_id=wanted.get("player_id", ""))
    return by_id.first() or _named(wanted["gamertag"]).filter(user_id=wanted["user_id"]).first()


IDENTITIES = Kind(
    table=database.IDENTITIES,
    model=PlayerIdentity,
    read=rows.identity_of,
    wanted=_wanted_identity,
    here=_identity_here,
    fills=("user_id", "player_id", "xuid"),
)


# -- Players that were renamed ----------------------------------------------------------------------------------


def follow_renamed(moving: Moving, raws: Iterable[Raw]) -> None:
    """Let a row that is new in the file stand for the player of one that is gone, where both are the same account.

    The old system's table has no number: its rows are known by person and gamertag, so that a changed gamertag makes
    another row. What the new one says is then taken over like any other change.
    """
    known = known_rows(moving.server, database.IDENTITIES)
    if not known:
        return
    told = {raw.key: identity for raw, identity in _readable(moving, raws)}
    gone = _marked([row for key, row in known.items() if key not in told])
    for key in told.keys() - known.keys():
        row = next((gone[mark] for mark in _marks(told[key]) if mark in gone), None)
        if row is not None and row.key in known:
            del known[row.key]
            row.key = key
            row.save(update_fields=["key"])


def _readable(moving: Moving, raws: Iterable[Raw]) -> Iterator[tuple[Raw, rows.Identity]]:
    for raw in raws:
        try:
            yield raw, rows.identity_of(raw, moving.now)
        except RefusedError:
            continue


def _marks(told: rows.Identity) -> list[_Mark]:
    """Return what the same account is known by, whatever its gamertag or however that is spelt; the surest first."""
    named = ("gamertag", folded(told.gamertag))
    return [(told.discord_id, *mark) for mark in (("account", told.player_id or told.xuid), named) if mark[1]]


def _marked(gone: Iterable[ImportedRow]) -> dict[_Mark, ImportedRow]:
    """Return rows that are no longer in the file by what their account is known by."""
    held = {row.kept["user_id"] for row in gone}
    discord_ids = dict(User.objects.filter(pk__in=held).values_list("pk", "discord_id"))
    found: dict[_Mark, ImportedRow] = {}
    for row in gone:
        kept = row.kept
        told = rows.Identity(
            discord_ids.get(kept["user_id"]) or "",
            kept["gamertag"],
            kept.get("player_id", ""),
            kept.get("xuid", ""),
        )
        found |= dict.fromkeys(_marks(told), row)
    return found
