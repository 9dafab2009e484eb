"""Bans and their delivery to the game server's ban list."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from common.outbox import OutboxQuerySet, OutboxRow
from common.periods import ends_in_time
from territory.models.ban_list import BanList
from territory.models.people import by_person
from territory.models.server import GameServer


@audited(exclude=["evidence", "created_at", "seen_at"])
class Ban(models.Model):
    """A ban of a player from a game server, with the player's identifiers as they were when it was made.

    It is in force until `lifted_at`. A ban with `ends_at` is lifted automatically at that time.
    """

    class LiftKind(models.TextChoices):
        """Why a ban was lifted. A mistake never happened: it leaves wall, record and repeat counts; the others stay, marked."""

        MISTAKE = "mistake", _("mistake of the community")
        MERCY = "mercy", _("mercy")
        EXPIRED = "expired", _("its time is over")
        SUPERSEDED = "superseded", _("replaced by another ban")
        REMOVED = "removed", _("removed at the host")

    server = models.ForeignKey(
        GameServer, on_delete=models.PROTECT, related_name="bans", verbose_name=_("game server")
    )
    gamertag = models.TextField(_("gamertag"), blank=True, default="", db_default="")
    player_id = models.TextField(_("player id"), blank=True, default="", db_default="")
    xuid = models.TextField(_("XUID"), blank=True, default="", db_default="")
    reason = models.TextField(_("reason"), default="", db_default="")
    evidence = models.TextField(_("evidence"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now(), editable=False)
    created_by = by_person(_("created by"), help_text=_("Blank: by the rule."))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True, help_text=_("Blank: permanent."))
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = by_person(_("lifted by"))
    lift_kind = models.CharField(
        _("kind of lifting"), max_length=16, choices=LiftKind, blank=True, default="", db_default=""
    )
    lift_reason = models.TextField(_("why it was lifted"), blank=True, default="", db_default="")
    seen_at = models.DateTimeField(
        _("player seen at"),
        null=True,
        editable=False,
        help_text=_("When the player was seen last since the ban."),
    )

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="territory_ban_one_active",
                fields=["server", "player_id"],
                condition=Q(lifted_at__isnull=True) & ~Q(player_id=""),
                violation_error_message=_("This player is banned already."),
            ),
            ends_in_time("ends_at", name="territory_ban_ends_in_time"),
            models.CheckConstraint(
                name="territory_ban_names_somebody",
                condition=~Q(player_id="", gamertag="", xuid=""),
                violation_error_message=_("A ban needs a player id, a gamertag or an XUID."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                name="territory_ban_ending",
                condition=Q(lifted_at__isnull=True, ends_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.gamertag or self.player_id}"


class BanExtension(models.Model):
    """A change of an active ban's end, with its time and reason: by staff, or by the rule after a graver act."""

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="extensions", verbose_name=_("ban"))
    extended_at = models.DateTimeField(
        _("extended at"), default=timezone.now, db_default=Now(), editable=False
    )
    ended_at = models.DateTimeField(_("would have ended at"), null=True, help_text=_("Blank: permanent."))
    ends_at = models.DateTimeField(_("ends at"), null=True, help_text=_("Blank: permanent."))
    reason = models.TextField(_("reason"))
    changed_by = by_person(_("changed by"), help_text=_("Blank: by the rule."))

    class Meta:
        verbose_name = _("change of a ban's end")
        verbose_name_plural = _("changes of bans' ends")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.ban} · {self.ended_at:%Y-%m-%d %H:%M}"


class BanDeliveryQuerySet(OutboxQuerySet["BanDelivery"]):
    """Queries of deliveries."""

    def due(self, now: datetime) -> Self:
        """Only due deliveries that have a line; of an inactive list only those that take a line off."""
        due = super().due(now).exclude(BanDelivery.WITHOUT_GUID)
        return due.filter(Q(ban_list__is_active=True) | Q(state=BanDelivery.State.LIFTING))

    def at(self, ban_list: BanList) -> Self:
        """Only deliveries to this list's address, which several game servers may share."""
        return self.filter(ban_list__kind=ban_list.kind, ban_list__address=ban_list.address)

    def stuck(self, now: datetime) -> Self:
        """Only deliveries that failed, are blocked by a foreign line, or wait for another attempt or for a GUID."""
        waiting = Q(state__in=BanDelivery.WAITING, not_before__gt=now) | BanDelivery.WITHOUT_GUID
        return self.filter(Q(state__in=[BanDelivery.State.FAILED, BanDelivery.State.FOREIGN]) | waiting)

    def without_guid(self) -> Self:
        """Only deliveries to BattlEye's lists that wait until the player's GUID is known."""
        return self.filter(BanDelivery.WITHOUT_GUID)


class BanDelivery(OutboxRow):
    """A ban on its way onto one ban list, and off it again.

    pending → applied, or failed if a person has to change something; lifting → lifted, or foreign if somebody else's line still
    bans the player. Of a list without room, the lines of the players seen longest ago are dropped until these are seen again. A
    worker claims the row until `claimed_until`. Repeating a step does no harm.

    A list bans the player if it holds the identifier. `written` is our line as we wrote it last; blank if the list holds
    none of ours. A change of `line` needs the state pending and 0 attempts: the new line then replaces the written one.

    BattlEye's lists name players by a GUID. While it is not known, the delivery waits with a blank line; a `guid` with a blank
    line is one that was seen with the player's name and is not certain yet.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("to be written")
        APPLIED = "applied", _("applied")
        LIFTING = "lifting", _("to be removed")
        LIFTED = "lifted", _("removed")
        FOREIGN = "foreign", _("a foreign line still bans")
        FAILED = "failed", _("failed")
        DROPPED = "dropped", _("off the list, which is full")

    class GuidSource(models.TextChoices):
        """How a player's GUID became known."""

        STEAM = "steam", _("computed from the Steam account")
        PLAYERS = "players", _("seen on the server under the name that the log has for this player alone")

    WAITING = (State.PENDING, State.LIFTING)
    WITHOUT_GUID = Q(ban_list__kind=BanList.Kind.BATTLEYE, state=State.PENDING, line="")

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("ban"))
    ban_list = models.ForeignKey(
        BanList, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("ban list")
    )
    line = models.TextField(
        _("line"), help_text=_("What is written, unless the list bans the player already.")
    )
    written = models.TextField(
        _("written line"),
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Our line as it was written last; lines of others are never removed."),
    )
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.PENDING, db_default=State.PENDING.value
    )
    guid = models.CharField(
        _("BattlEye GUID"), max_length=32, blank=True, default="", db_default="", editable=False
    )
    guid_source = models.CharField(
        _("GUID known by"),
        max_length=16,
        choices=GuidSource,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    guid_name = models.TextField(
        _("GUID seen under the name"), blank=True, default="", db_default="", editable=False
    )
    guid_seen_at = models.DateTimeField(_("GUID known since"), null=True, editable=False)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    seen_at = models.DateTimeField(
        _("player seen at"),
        null=True,
        editable=False,
        help_text=_("When the player of a dropped line had been seen last."),
    )

    objects: ClassVar[models.Manager["BanDelivery"]] = BanDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban delivery")
        verbose_name_plural = _("ban deliveries")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="territory_bandelivery_once", fields=["ban", "ban_list"]),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="territory_bandelivery_due",
                condition=Q(state__in=["pending", "lifting"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ban} · {self.get_state_display()}"
