"""Whose rights do not count yet: nobody would recognise these people in the game, and they would be punished."""

from django.db.models import Exists, OuterRef

from territory.legacy.database import Raw
from territory.legacy.trouble import Reason, Trouble
from territory.models import PlayerIdentity
from territory.services.moving.kinds import BASES, MEMBERS, PERMISSIONS
from territory.services.moving.taking import Moving

_HELD = (
    (MEMBERS, "user", Reason.HOLDER_UNLINKED),
    (BASES, "owner", Reason.OWNER_UNLINKED),
    (PERMISSIONS, "user", Reason.HOLDER_UNLINKED),
)


def note_unlinked(moving: Moving) -> None:
    """Tell at every run which rights in force, moved in by this file, are of people without a gamertag."""
    for kind, holder, reason in _HELD:
        keys = moving.objects[kind.table]
        linked = PlayerIdentity.objects.filter(user=OuterRef(holder))
        held = kind.model._default_manager.filter(~Exists(linked), pk__in=keys, **{kind.end: None})
        for row in held.select_related(holder).order_by("pk"):
            raw = Raw(kind.table, keys[row.pk], {})
            moving.report.note(raw, Trouble(reason, {"person": getattr(row, holder)}))
