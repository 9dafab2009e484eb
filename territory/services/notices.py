"""Announcements of infractions: to staff with coordinates, to the public without.

The acts of an incident (`infractions`) are one announcement with their count. An announcement that waits follows the rows. One
that was sent is not sent again; once no act of it counts, each channel that may show it gets a correction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from announcements.message import Field, Message, escape
from announcements.services import Announceable, announce_many, announced, take_back, withdraw
from territory.ban_codes import code_of
from territory.models import Ban, BanDelivery, Case, CaseAct, GameServer, Infraction
from territory.services.ban_links import ban_link
from territory.services.cases import Snapshot

_RED, _AMBER, _GREEN = 0xC0392B, 0xD68910, 0x1E8449
_CONFIRMED, _REVIEW = Infraction.Status.CONFIRMED, Infraction.Status.REVIEW
UNDONE = "undone"  # beside the kinds of lifting: staff took a decision back, and the case is open again
# By the first number of the incident: its acts that count, of each status.
_Acts = Mapping[int, Mapping[str, Sequence[Infraction]]]


def announce_incidents(server: GameServer, firsts: Collection[int]) -> int:
    """Put announcements of these incidents into the outbox, in the caller's transaction; return how many.

    An infraction in review is announced to staff alone: nobody is accused in public before staff decide.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return announce_many(_announceables(server, firsts))


def announce_confirmed(server: GameServer, numbers: Collection[int], *, key: str) -> None:
    """Announce that staff confirmed these infractions, and withdraw the announcements of their reviews.

    Where an accusation was announced before and taken back since, it is announced anew under `key`.
    """
    firsts = _firsts(numbers)
    acts, known = _acts_of(firsts), announced(_ban_key(first) for first in firsts)
    anew = [
        first
        for first in firsts
        if _ban_key(first) in known and {act.pk for act in acts[first][_CONFIRMED]} <= set(numbers)
    ]
    announce_incidents(server, firsts)
    withdraw([_review_key(first) for first in firsts if not acts[first][_REVIEW]])
    _announce_anew(server, anew, [_ban_key(first) for first in anew], key)


def announce_ban(infraction: Infraction, *, is_public: bool) -> None:
    """Announce a ban by staff: to staff, and to the public if it stands on the wall."""
    with translation.override(settings.LANGUAGE_CODE):
        announce_many([_of_ban(infraction.server, [infraction], is_public=is_public)])


def announce_again(
    server: GameServer, accused: Collection[int], waiting: Collection[int], *, key: str
) -> None:
    """Announce, after an undo, that the bans of accused infractions stand again, and that others wait for staff again."""
    banned, reviewed = _firsts(accused), _firsts(waiting)
    _announce_anew(server, banned, [_ban_key(first) for first in banned], key, stands_again=True)
    _announce_anew(server, reviewed, [_review_key(first) for first in reviewed], key)


def _announce_anew(
    server: GameServer,
    firsts: Collection[int],
    keys: Collection[str],
    key: str,
    *,
    stands_again: bool = False,
) -> None:
    """Announce once more, under a key of its own, what has been announced under these keys and taken back."""
    with translation.override(settings.LANGUAGE_CODE):
        title = _("The ban stands again")
        announce_many(
            Announceable(
                topic=one.topic,
                key=_anew(key, one.key),
                messages={
                    audience: replace(message, title=title) if stands_again else message
                    for audience, message in one.messages.items()
                },
            )
            for one in _announceables(server, firsts)
            if one.key in keys
        )


def _anew(key: str, accusation: str) -> str:
    return f"{key}-{accusation}"


def _firsts(numbers: Collection[int]) -> list[int]:
    rows = Infraction.objects.filter(pk__in=numbers).order_by().values_list("pk", "repeats")
    return sorted({repeats or pk for pk, repeats in rows})


def announce_pardon(numbers: Collection[int], *, reason: str, kind: str = "") -> None:
    """Announce, in the caller's transaction, that these infractions were dismissed, or lifted as `Ban.LiftKind` or UNDONE say.

    Accusations that wait are withdrawn. One that was sent is answered on its channel: a mistake once no act of the incident
    counts any more, mercy at once.
    """
    pardoned = list(Infraction.objects.filter(pk__in=numbers).select_related("server", "ban").order_by("pk"))
    if not pardoned:
        return
    firsts = sorted({one.first_number for one in pardoned})
    acts, server = _acts_of(firsts), pardoned[0].server
    announce_incidents(server, firsts)
    keys = [_review_key(first) for first in firsts if not any(acts[first].values())]
    if kind in (Ban.LiftKind.MISTAKE, UNDONE):
        keys += [_ban_key(first) for first in firsts if not acts[first][_CONFIRMED]]
    elif kind:
        keys = [_ban_key(first) for first in firsts]
    cases = {one.case_id for one in pardoned}
    decisions = list(CaseAct.objects.filter(case__in=cases).values_list("pk", flat=True))
    anew = [_anew(again_key(pk), one) for pk in decisions for one in keys]
    withdraw([_review_key(first) for first in firsts if not acts[first][_REVIEW]])
    if keys:
        with translation.override(settings.LANGUAGE_CODE):
            take_back(
                keys + anew,
                key=f"pardon-{pardoned[0].pk}-{max(decisions, default=0)}",
                messages=_pardons(pardoned, firsts, reason, kind),
            )


def again_key(decision: int) -> str:
    """Return the key under which a decision announces accusations anew."""
    return f"again-{decision}"


def _ban_key(first: int) -> str:
    return f"infraction-{first}"


def announce_foreign_lines(deliveries: Iterable[BanDelivery]) -> int:
    """Announce to staff, once per delivery, that a foreign line still bans the player; in the caller's transaction."""
    return announce_many(
        Announceable(
            topic=one.ban.server_id, key=f"foreign-line-{one.pk}", messages={"staff": _foreign_line(one)}
        )
        for one in deliveries
    )


def _foreign_line(delivery: BanDelivery) -> Message:
    ban = delivery.ban
    fields = (
        Field(_("Player"), escape(ban.gamertag) or _("n/a"), inline=True),
        Field(_("Server"), escape(str(ban.server)), inline=True),
        Field(_("Ban"), f"#{ban.pk}", inline=True),
    )
    text = _(
        "The ban was lifted, and our line is gone. Another line of the ban list still keeps the player out; it is not "
        "ours, so it stays until somebody takes it out by hand."
    )
    return Message(title=_("A foreign line still bans"), description=text, fields=fields, colour=_AMBER)


def _review_key(first: int) -> str:
    return f"review-{first}"


def _acts_of(firsts: Collection[int]) -> _Acts:
    acts: dict[int, dict[str, list[Infraction]]] = defaultdict(lambda: defaultdict(list))
    of_incidents = Infraction.objects.filter(Q(pk__in=firsts) | Q(repeats__in=firsts))
    counted = of_incidents.filter(status__in=[_CONFIRMED, _REVIEW]).select_related("case", "base__owner")
    for act in counted.order_by("pk"):
        acts[act.first_number][act.status].append(act)
    return acts


def _announceables(server: GameServer, firsts: Collection[int]) -> Iterator[Announceable]:
    for first, acts in _acts_of(firsts).items():
        if banned := acts.get(_CONFIRMED):
            yield _of_ban(server, banned, is_public=banned[0].case.is_on_wall)
        if waiting := acts.get(_REVIEW):
            messages = {"staff": _accusation(server, waiting, with_evidence=True)}
            yield Announceable(topic=server.pk, key=_review_key(first), messages=messages)


def _of_ban(server: GameServer, acts: Sequence[Infraction], *, is_public: bool) -> Announceable:
    messages = {"staff": _accusation(server, acts, with_evidence=True)}
    if is_public:
        messages["public"] = _accusation(server, acts, with_evidence=False)
    return Announceable(topic=server.pk, key=_ban_key(acts[0].first_number), messages=messages)


def _accusation(server: GameServer, acts: Sequence[Infraction], *, with_evidence: bool) -> Message:
    """Return the message about an incident: its first act, all its items, and the number of acts.

    It shows to all what the wall does and the XUID; the owner and the evidence, which says the place, are for staff.
    """
    act, is_banned = acts[0], acts[0].status == _CONFIRMED
    is_by_staff = act.infraction_type == Infraction.Type.BY_STAFF
    kind = act.case.kind_in_words if is_by_staff else act.get_infraction_type_display()
    fields = [
        Field(_("Player"), escape(act.gamertag), inline=True),
        Field(_("XUID"), escape(act.xuid) or _("n/a"), inline=True),
        Field(_("Server"), escape(str(server)), inline=True),
        Field(_("Infraction"), escape(kind), inline=True),
        Field(_("Number"), f"#{act.pk}", inline=True),
        *_what(acts, with_owner=with_evidence),
    ]
    if is_banned and act.ban_id:
        fields += _ways_to_appeal(act.ban_id)
    fields.append(Field(_("Reason"), escape(act.description), inline=False))
    if with_evidence:
        fields.append(Field(_("Evidence"), escape(act.evidence), inline=False))
    title = _("Player banned") if is_banned else _("Infraction waiting for review")
    return Message(title=title, description="", fields=tuple(fields), colour=_RED if is_banned else _AMBER)


def _what(acts: Sequence[Infraction], *, with_owner: bool) -> list[Field]:
    """Return the base, its owner and the items; a ban by staff has none of them."""
    act = acts[0]
    fields = [Field(_("Base"), escape(act.base_name), inline=True)] if act.base_name else []
    if with_owner and act.base:
        fields.append(Field(_("Owner"), escape(str(act.base.owner)), inline=True))
    if items := dict.fromkeys(one.item for one in acts if one.item):
        fields.append(Field(_("Item"), escape(", ".join(items)), inline=True))
    if len(acts) > 1:
        words = ngettext("%(count)d within a minute", "%(count)d within a minute", len(acts))
        fields.append(Field(_("Acts"), words % {"count": len(acts)}, inline=True))
    return fields


def _ways_to_appeal(ban_id: int) -> list[Field]:
    """Return the ban's short id, and where to appeal: by its signed link, or else on the site."""
    where = ban_link(ban_id) or _("On the site: sign in, or say this id to staff.")
    return [Field(_("Ban"), code_of(ban_id), inline=True), Field(_("Appeal"), where, inline=False)]


def _pardons(
    pardoned: Sequence[Infraction], firsts: Sequence[int], reason: str, kind: str
) -> dict[str, Message]:
    """Return the messages about a pardon. The reason is for staff: the public one says no more than the accusation did."""
    one = pardoned[0]
    fields = [
        Field(_("Player"), escape(one.gamertag), inline=True),
        Field(_("Server"), escape(str(one.server)), inline=True),
        Field(_("Number"), ", ".join(f"#{first}" for first in firsts), inline=True),
    ]
    if one.ban is not None:
        fields.append(
            Field(_("Ban"), _("in force") if one.ban.lifted_at is None else _("lifted"), inline=True)
        )
    title, words = _pardon_in_words(kind)

    def message(*more: Field) -> Message:
        return Message(title=title, description=words, fields=(*fields, *more), colour=_GREEN)

    return {"public": message(), "staff": message(Field(_("Reason"), escape(reason), inline=False))}


def _pardon_in_words(kind: str) -> tuple[str, str]:
    words = _("The accusation against this player in this channel no longer counts.")
    if kind == Ban.LiftKind.MISTAKE:
        return _("Accusation taken back"), " ".join(
            (words, _("It was a mistake of the community, and it leaves the player's record."))
        )
    if kind == UNDONE:
        return _("Accusation taken back"), words
    if kind:
        return _("Ban lifted"), _(
            "The player may come back. What happened stays on the record, marked as lifted."
        )
    return _("Infraction dismissed"), words


def announce_undo(case: Case, before: Snapshot, after: Snapshot, undo: CaseAct) -> None:
    """Announce what an undo changed: accusations taken back, bans that stand again or are lifted again, and new waiting."""

    def now(status: str, *earlier: str) -> list[int]:
        return [n for n, one in after.statuses.items() if one == status and before.statuses.get(n) in earlier]

    confirmed, others = _CONFIRMED, [one for one in Infraction.Status if one != Infraction.Status.CONFIRMED]
    cleared = [number for status in others for number in now(status, confirmed)]
    announce_pardon(cleared, reason=undo.reason, kind=UNDONE)
    announce_pardon(now(Infraction.Status.DISMISSED, Infraction.Status.REVIEW), reason=undo.reason)
    if before.is_banned and after.lift_kind in (Ban.LiftKind.MERCY, Ban.LiftKind.REMOVED):
        announce_pardon(now(confirmed, confirmed), reason=undo.reason, kind=after.lift_kind)
    stands_again = before.is_lifted and after.is_banned
    accused = now(confirmed, *(Infraction.Status if stands_again else others))
    waiting = now(Infraction.Status.REVIEW, Infraction.Status.DISMISSED)
    announce_again(case.server, accused, waiting, key=again_key(undo.pk))
