"""What Discord is told about infractions: without coordinates in public, with them to staff."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from announcements.message import Field, Message, escape
from announcements.services import Announceable, announce_many, withdraw
from territory.models import BanDelivery, GameServer, Infraction
from territory.services.offence import Offence

_RED, _AMBER = 0xC0392B, 0xD68910


@dataclass(frozen=True, slots=True)
class Notice:
    """An infraction as it is announced."""

    number: int
    is_banned: bool
    offence: Offence
    infraction_type: Infraction.Type


def announce_infractions(server: GameServer, notices: Iterable[Notice]) -> int:
    """Put announcements into the outbox, in the caller's transaction; return how many.

    What waits for staff is told to staff alone: nobody is accused in public before it is decided.
    """
    return announce_many(
        Announceable(topic=server.slug, key=_key(one.number), messages=_messages(server, one))
        for one in notices
    )


def withdraw_infractions(numbers: Iterable[int]) -> None:
    """Keep back what was not sent yet, in the caller's transaction: nobody who is cleared is accused any more."""
    withdraw([_key(number) for number in numbers])


def announce_foreign_lines(deliveries: Iterable[BanDelivery]) -> int:
    """Tell staff whose ban was lifted and goes on by a line of somebody else, once for each; in the caller's transaction."""
    return announce_many(
        Announceable(
            topic=one.ban.server.slug, key=f"foreign-line-{one.pk}", messages={"staff": _foreign_line(one)}
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


def _key(number: int) -> str:
    return f"infraction-{number}"


def _messages(server: GameServer, notice: Notice) -> dict[str, Message]:
    messages = {"staff": _message(server, notice, with_evidence=True)}
    if notice.is_banned:
        messages["public"] = _message(server, notice, with_evidence=False)
    return messages


def _message(server: GameServer, notice: Notice, *, with_evidence: bool) -> Message:
    offence = notice.offence
    title = _("Player banned") if notice.is_banned else _("Infraction waiting for review")
    fields = [
        Field(_("Player"), escape(offence.gamertag), inline=True),
        Field(_("XUID"), escape(offence.xuid) or _("n/a"), inline=True),
        Field(_("Server"), escape(str(server)), inline=True),
        Field(_("Infraction"), str(notice.infraction_type.label), inline=True),
        Field(_("Number"), f"#{notice.number}", inline=True),
        Field(_("Reason"), escape(offence.reason), inline=False),
    ]
    if with_evidence:
        fields.append(Field(_("Evidence"), escape(offence.evidence), inline=False))
    return Message(
        title=title, description="", fields=tuple(fields), colour=_RED if notice.is_banned else _AMBER
    )
