"""Discord channels, and the outbox of announcements to them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from common.outbox import OutboxQuerySet, OutboxRow
from common.sealed import SealedTextField


@audited(exclude=["webhook_url", "held_until", "hold"])
class Channel(models.Model):
    """A Discord channel reached through a webhook."""

    class Audience(models.TextChoices):
        PUBLIC = "public", _("public: without coordinates")
        STAFF = "staff", _("staff: with coordinates")
        CLAN = "clan", _("a clan: alarms of its bases, without coordinates")

    class Hold(models.TextChoices):
        NONE = "", "-"
        LIMIT = "limit", _("Discord's rate limit of this channel")
        AWAY = "away", _("Discord gives no answer")
        BLOCKED = "blocked", _("Discord takes no message from this site")

    name = models.CharField(_("name"), max_length=100, unique=True)
    audience = models.CharField(_("audience"), max_length=16, choices=Audience)
    # Referred to by name: this app imports no game. The database keeps the topic from dangling.
    topic = models.ForeignKey(
        "territory.GameServer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("topic"),
        help_text=_("The game server whose announcements stand here. Blank: those of all of them."),
    )
    clan = models.ForeignKey(
        "clans.Clan",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("clan"),
        help_text=_("Only for a clan's channel: whose bases' alarms stand here."),
    )
    webhook_url = SealedTextField(
        _("webhook address"),
        help_text=_(
            "From Discord's channel settings. Whoever knows it can write there: treat it as a password."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    shows_allowed = models.BooleanField(
        _("allowed placements too"),
        default=False,
        db_default=False,
        help_text=_(
            "Only for a staff channel: a message for each player, base and minute, with coordinates."
        ),
    )
    # Set by sending. What waits for a channel that is gone goes out once it has a new address.
    gone_at = models.DateTimeField(_("webhook gone since"), null=True, blank=True, editable=False)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True, editable=False)
    hold = models.CharField(
        _("held because of"),
        max_length=16,
        choices=Hold,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="announcements_channel_clan_only_of_clans",
                condition=Q(audience="clan") | Q(clan__isnull=True),
                violation_error_message=_("Only a clan's channel names a clan."),
            ),
            models.CheckConstraint(
                name="announcements_channel_allowed_only_for_staff",
                condition=Q(audience="staff") | Q(shows_allowed=False),
                violation_error_message=_("Allowed placements are shown in a staff channel only."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Announcement(OutboxRow):
    """One message for one channel. `key` names what it announces: the same thing is said once in a channel."""

    class State(models.TextChoices):
        PENDING = "pending", _("to be sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="announcements", verbose_name=_("channel")
    )
    key = models.CharField(_("key"), max_length=100)
    # The keys of the announcements that it takes back. It is sent only if one of them may stand in the channel.
    answers = ArrayField(models.CharField(max_length=100), verbose_name=_("answers"), null=True, blank=True)
    message = models.JSONField(_("message"))
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.PENDING, db_default=State.PENDING.value
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now(), editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    # It was sent once and its answer was lost: whoever takes it back answers it.
    may_stand = models.BooleanField(_("may stand in the channel"), default=False, db_default=False)

    objects: ClassVar[models.Manager["Announcement"]] = OutboxQuerySet["Announcement"].as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="announcements_announcement_once", fields=["channel", "key"])
        ]
        indexes = [
            models.Index(fields=["not_before"], name="announcements_due", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.channel} · {self.key}"
