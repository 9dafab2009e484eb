"""What the home page tells a member of the own bases besides invasions: who came into their clans and left."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from clans.models import ClanMembership, User
from face.parts import Entry, isolated
from territory.models import Base

MOST_STAYS = 30


def of_memberships(person: User, bases: Collection[Base], since: datetime, now: datetime) -> Iterator[Entry]:
    """Yield who joined and left the clans of these bases: each may build there, or no longer. One query."""
    names: dict[int, list[str]] = {}
    for base in bases:
        if base.clan_id:
            names.setdefault(base.clan_id, []).append(isolated(base.name))
    stays = ClanMembership.objects.filter(
        Q(joined_at__range=(since, now)) | Q(left_at__range=(since, now)), clan__in=names, follows_game=False
    )
    newest = stays.exclude(user=person).select_related("user", "clan").order_by("-joined_at")[:MOST_STAYS]
    for stay in newest:
        words = {
            "person": isolated(stay.user),
            "clan": isolated(stay.clan),
            "bases": ", ".join(names[stay.clan_id]),
        }
        if since <= stay.joined_at <= now:
            joined = _("%(person)s joined the clan %(clan)s and may build in %(bases)s")
            yield Entry(stay.joined_at, joined % words, kind="lifted", icon="user-plus")
        if stay.left_at and since <= stay.left_at <= now:
            left = _("%(person)s left the clan %(clan)s and may no longer build by it in %(bases)s")
            yield Entry(stay.left_at, left % words, kind="lifted", icon="user-minus")
