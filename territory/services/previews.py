"""What a decision will do, place by place: it is carried out, compared, and taken back, so that a preview cannot differ from it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from announcements.models import Announcement
from face.parts import isolated
from territory.ban_codes import code_of
from territory.models import Ban, BanDelivery, Case, GameServer, Infraction

_Status, _State = Infraction.Status, BanDelivery.State
_WRITTEN = {_State.PENDING, _State.APPLIED}


class EffectPlace(StrEnum):
    """Where a decision shows."""

    BAN = "ban"
    BAN_LIST = "ban-list"
    WALL = "wall"
    RECORD = "record"
    CHANNEL = "channel"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a decision changes in one place, in words."""

    place: EffectPlace
    words: str


@dataclass(frozen=True, slots=True)
class _Ban:
    is_lifted: bool
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything stands that decisions about some players of a game server can change."""

    bans: Mapping[int, _Ban]
    on_lists: Mapping[int, tuple[str, bool]]  # by delivery: the list, and whether it is to hold the line
    on_wall: Mapping[int, bool]  # by infraction: whether it stands there marked as lifted
    record: int
    messages: Mapping[int, tuple[str, str, str]]  # by announcement: channel, title, state
    cases: Mapping[int, tuple[str, int | None]]  # state and ban

    @classmethod
    def of(
        cls, server: GameServer, player_ids: Collection[str], *, cases: Collection[int] = ()
    ) -> "Standing":
        """Read how everything stands. Five queries."""
        of_players = Q(player_id__in=[one for one in player_ids if one])
        infractions = Infraction.objects.filter(of_players | Q(case__in=cases), server=server)
        of_cases = Case.objects.filter(of_players | Q(pk__in=cases), server=server)
        case_rows = list(of_cases.values_list("pk", "state", "ban"))
        bans = Ban.objects.filter(of_players | Q(pk__in={ban for *_, ban in case_rows}), server=server)
        deliveries = BanDelivery.objects.filter(ban__in=bans).select_related("ban_list")
        wall = infractions.on_the_wall().filter(Q(case=None) | Q(case__is_on_wall=True))
        return cls(
            bans={ban.pk: _Ban(ban.lifted_at is not None, ban.ends_at) for ban in bans.order_by("pk")},
            on_lists={
                one.pk: (_list_in_words(one), one.state in _WRITTEN) for one in deliveries.order_by("pk")
            },
            on_wall={
                pk: bool(ban and lifted)
                for pk, ban, lifted in wall.order_by("pk").values_list("pk", "ban", "ban__lifted_at")
            },
            record=infractions.filter(status=_Status.CONFIRMED).count(),
            messages=_messages(server),
            cases={pk: (state, ban) for pk, state, ban in sorted(case_rows)},
        )


def _list_in_words(delivery: BanDelivery) -> str:
    ban_list = delivery.ban_list
    return f"{ban_list.get_kind_display()} ({isolated(ban_list.address)})"


def _messages(server: GameServer) -> dict[int, tuple[str, str, str]]:
    """Return the announcements of a server's channels that a decision may add, send or withdraw."""
    of_server = Q(channel__topic=server.pk) | Q(channel__topic=None)
    newest = Announcement.objects.aggregate(newest=Max("pk"))["newest"] or 0
    recent = Q(state__in=[Announcement.State.PENDING, Announcement.State.FAILED]) | Q(pk__gt=newest - 100)
    rows = Announcement.objects.filter(of_server, recent, channel__is_active=True).order_by("pk")
    return {
        pk: (name, str(message.get("title", "")), state)
        for pk, name, message, state in rows.values_list("pk", "channel__name", "message", "state")
    }


def preview(
    act: Callable[[], object],
    *,
    server: GameServer,
    player_ids: Collection[str],
    cases: Collection[int] = (),
    about: int | None = None,
) -> list[Effect]:
    """Return what an act would change for these players and cases, in words; `about` is the case that the reader decides.

    The act is carried out and rolled back. Raises what the act raises.
    """
    before = Standing.of(server, player_ids, cases=cases)
    with transaction.atomic():
        act()
        after = Standing.of(server, player_ids, cases=cases)
        transaction.set_rollback(True)
    return list(effects(before, after, about=about))


def effects(before: Standing, after: Standing, *, about: int | None = None) -> Iterator[Effect]:
    """Yield what has changed from one standing to another, place by place."""
    yield from _of_bans(before, after)
    yield from _of_lists(before, after)
    yield from _of_wall(before, after)
    if after.record != before.record:
        words = _("Infractions on the player's record: %(before)d now, %(after)d then.")
        yield Effect(EffectPlace.RECORD, words % {"before": before.record, "after": after.record})
    yield from _of_messages(before, after)
    yield from _of_cases(before, after, about)


def _of_bans(before: Standing, after: Standing) -> Iterator[Effect]:
    for pk, ban in after.bans.items():
        was, named = before.bans.get(pk), {"code": code_of(pk)}
        if was is None or (was.is_lifted and not ban.is_lifted):
            yield Effect(
                EffectPlace.BAN, _("The player is banned at once: %(length)s.") % {"length": _length(ban)}
            )
        elif ban.is_lifted and not was.is_lifted:
            yield Effect(EffectPlace.BAN, _("The ban %(code)s is lifted: the player may come back.") % named)
        elif ban.ends_at != was.ends_at:
            words = _("The ban %(code)s was %(before)s and becomes %(after)s.")
            yield Effect(EffectPlace.BAN, words % {**named, "before": _length(was), "after": _length(ban)})
    unchanged = [pk for pk, was in before.bans.items() if not was.is_lifted and after.bans[pk] == was]
    if unchanged:
        words = _("The ban %(code)s stays in force as it is.")
        yield Effect(EffectPlace.BAN, words % {"code": ", ".join(map(code_of, unchanged))})
    elif all(ban.is_lifted for ban in (*before.bans.values(), *after.bans.values())):
        yield Effect(EffectPlace.BAN, _("Nobody is banned."))


def _length(ban: _Ban) -> str:
    if ban.ends_at is None:
        return _("permanent")
    local = timezone.localtime(ban.ends_at)
    # Translators: the end of a ban within a sentence, as in "until 4 March 2026, 22:16".
    return _("until %(date)s, %(time)s") % {
        "date": date_format(local, "DATE_FORMAT"),
        "time": date_format(local, "H:i"),
    }


def _of_lists(before: Standing, after: Standing) -> Iterator[Effect]:
    for pk, (name, is_held) in after.on_lists.items():
        was_held = before.on_lists.get(pk, ("", False))[1]
        if is_held and not was_held:
            yield Effect(EffectPlace.BAN_LIST, _("The ban list gets the line: %(list)s.") % {"list": name})
        elif was_held and not is_held:
            yield Effect(EffectPlace.BAN_LIST, _("The ban list loses our line: %(list)s.") % {"list": name})
    was_in_force = {pk for pk, ban in before.bans.items() if not ban.is_lifted}
    is_banned_anew = any(pk not in was_in_force and not ban.is_lifted for pk, ban in after.bans.items())
    if is_banned_anew and not after.on_lists:
        yield Effect(
            EffectPlace.BAN_LIST, _("The game server has no ban list yet: the ban reaches it with one.")
        )


def _of_wall(before: Standing, after: Standing) -> Iterator[Effect]:
    numbers = before.on_wall.keys() | after.on_wall.keys()
    changes = Counter((before.on_wall.get(pk), after.on_wall.get(pk)) for pk in numbers)
    added, taken = changes[None, False] + changes[None, True], changes[False, None] + changes[True, None]
    marked, unmarked = changes[False, True], changes[True, False]
    on = ngettext("%(count)d act goes onto the wall.", "%(count)d acts go onto the wall.", added)
    off = ngettext("%(count)d act leaves the wall.", "%(count)d acts leave the wall.", taken)
    with_mark = ngettext(
        "%(count)d act stays on the wall, marked as lifted.",
        "%(count)d acts stay on the wall, marked as lifted.",
        marked,
    )
    without_mark = ngettext(
        "%(count)d act on the wall counts again.", "%(count)d acts on the wall count again.", unmarked
    )
    counted = ((added, on), (taken, off), (marked, with_mark), (unmarked, without_mark))
    yield from (Effect(EffectPlace.WALL, words % {"count": count}) for count, words in counted if count)


def _of_messages(before: Standing, after: Standing) -> Iterator[Effect]:
    for pk, (channel, title, state) in after.messages.items():
        was = before.messages.get(pk)
        names = {"channel": isolated(channel), "title": title}
        if was is None:
            yield Effect(EffectPlace.CHANNEL, _("Discord, %(channel)s: “%(title)s” is announced.") % names)
        elif was[2] != state and state == Announcement.State.WITHDRAWN:
            words = _("Discord, %(channel)s: “%(title)s” was not sent yet and is withdrawn.")
            yield Effect(EffectPlace.CHANNEL, words % names)


def _of_cases(before: Standing, after: Standing, about: int | None) -> Iterator[Effect]:
    states = dict(Case.State.choices)
    decided = after.cases.get(about or 0)
    for pk, (state, ban) in after.cases.items():
        was = before.cases.get(pk)
        if was is None or pk == about:
            continue
        if was[0] != state:
            words = _("Case %(number)d, now “%(before)s”, becomes “%(after)s”.")
            values = {"number": pk, "before": states[was[0]], "after": states[state]}
            yield Effect(EffectPlace.CASE, words % values)
        elif decided and ban is not None and ban == decided[1] and _keeps(ban, state, after):
            yield Effect(EffectPlace.CASE, _("Case %(number)d keeps the ban in force.") % {"number": pk})


def _keeps(ban: int, state: str, after: Standing) -> bool:
    return state == Case.State.CONFIRMED and ban in after.bans and not after.bans[ban].is_lifted
