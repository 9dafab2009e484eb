"""Placements and their verdicts."""

import uuid
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territory.models.base import Base
from territory.models.rule_version import RuleVersion
from territory.models.server import GameServer
from territory.rules import verdict
from territory.rules.maps import MOST_SIDE_M

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# An identifier for a ban list: printable, without spaces and slashes, and short enough for an index.
_ONE_WORD = r"^[!-.0-~]{1,64}$"


class Placement(models.Model):
    """An item placed or a part built, as logged, and its verdict.

    The row is the queue: intake stores it as `pending` or `unusable`, and judging makes it `judged` in the transaction that
    writes everything that follows from the verdict. `source_key` makes repeats of a line one row. A constraint refuses a
    pending row that cannot be judged, also from plain SQL: one such row would block all others.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting to be judged")
        JUDGED = "judged", _("judged")
        UNUSABLE = "unusable", _("unusable")

    class Kind(models.TextChoices):
        PLACED = "placed", _("placed")
        BUILT = "built", _("built")

    class Unusable(models.TextChoices):
        NONE = "", ""
        NO_PLAYER_ID = "no_player_id", _("no full-length player id")
        NO_POSITION = "no_position", _("no position")
        OFF_MAP = "off_map", _("the position is not on the map")
        NO_DATE = "no_date", _("the log does not say the date")

    class Outcome(models.TextChoices):
        NONE = "", "-"
        ALLOWED = verdict.Outcome.ALLOWED.value, _("allowed")
        INVASION = verdict.Outcome.INVASION.value, _("invasion")
        FORBIDDEN = verdict.Outcome.FORBIDDEN.value, _("forbidden item")
        IGNORED = verdict.Outcome.IGNORED.value, _("ignored item")

    class Action(models.TextChoices):
        NONE = verdict.Action.NONE.value, _("nothing")
        BAN = verdict.Action.BAN.value, _("ban")
        REVIEW = verdict.Action.REVIEW.value, _("staff review")
        RECORD = verdict.Action.RECORD.value, _("recorded only")

    server = models.ForeignKey(
        GameServer,
        on_delete=models.PROTECT,
        related_name="placements",
        verbose_name=_("game server"),
        db_index=False,
    )
    source_key = models.UUIDField(
        _("source key"), default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )
    act_key = models.UUIDField(_("key of the act"), null=True, editable=False)
    clock_shift_min = models.SmallIntegerField(
        _("clock wrong by (min)"),
        default=0,
        db_default=0,
        help_text=_("How far the source seems to be dated wrongly. Other than 0: staff decide."),
    )
    origin = models.TextField(_("source"), blank=True, default="", db_default="")
    origin_id = models.TextField(_("event id or byte offset"), blank=True, default="", db_default="")
    kind = models.CharField(
        _("kind"), max_length=8, choices=Kind, default=Kind.PLACED, db_default=Kind.PLACED.value
    )
    gamertag = models.TextField(_("gamertag"))
    player_id = models.TextField(_("player id"), blank=True, default="", db_default="")
    xuid = models.TextField(_("XUID"), blank=True, default="", db_default="")
    item = models.TextField(_("item class"), blank=True, default="", db_default="")
    display = models.TextField(_("item as shown"), blank=True, default="", db_default="")
    x = models.FloatField(_("X (east, m)"), null=True)
    z = models.FloatField(_("Z (north, m)"), null=True)
    altitude = models.FloatField(_("altitude (m)"), null=True)
    occurred_at = models.DateTimeField(_("occurred at"), null=True)
    received_at = models.DateTimeField(_("received at"), default=timezone.now, db_default=Now())
    raw_line = models.TextField(_("raw line"), blank=True, default="", db_default="")

    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.PENDING, db_default=State.PENDING.value
    )
    unusable_because = models.CharField(
        _("unusable because"), max_length=16, choices=Unusable, blank=True, default="", db_default=""
    )
    judged_at = models.DateTimeField(_("judged at"), null=True)
    outcome = models.CharField(
        _("verdict"), max_length=16, choices=Outcome, blank=True, default="", db_default=""
    )
    rule = models.CharField(_("rule"), max_length=16, blank=True, default="", db_default="")
    action = models.CharField(
        _("consequence"), max_length=8, choices=Action, default=Action.NONE, db_default=Action.NONE.value
    )
    base = models.ForeignKey(
        Base,
        on_delete=models.PROTECT,
        null=True,
        related_name="placements",
        verbose_name=_("base"),
        db_index=False,
    )
    distance_m = models.FloatField(_("distance (m)"), null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("person"),
        db_index=False,
    )
    reasons = models.JSONField(_("reasons"), null=True, help_text=_("Everything the verdict rests on."))
    version = models.ForeignKey(
        RuleVersion,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("version of the rule"),
        db_index=False,
    )

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="territory_placement_once", fields=["server", "source_key"]),
            models.CheckConstraint(
                name="territory_placement_pending_is_usable",
                condition=~Q(state="pending")
                | Q(x__isnull=False, z__isnull=False, occurred_at__isnull=False)
                & Q(x__gte=0, x__lte=MOST_SIDE_M, z__gte=0, z__lte=MOST_SIDE_M)
                & Q(occurred_at__gte=_EARLIEST, occurred_at__lt=_LATEST, player_id__regex=_ONE_WORD),
            ),
            models.CheckConstraint(
                name="territory_placement_judged_has_verdict",
                condition=~Q(state="judged") | ~Q(outcome=""),
            ),
        ]
        # Few indexes on purpose: each costs time at every placement and again at its verdict.
        indexes = [
            models.Index(
                fields=["server", "occurred_at", "id"],
                name="territory_placement_due",
                condition=Q(state="pending"),
            ),
            models.Index(fields=["act_key"], name="territory_placement_act"),
            # Rows lie in the order of their times, nearly: some kilobytes for a million of them, for maps and statistics.
            BrinIndex(fields=["occurred_at"], name="territory_placement_time", pages_per_range=16),
            models.Index(
                fields=["base", "-id"], name="territory_placement_base", condition=Q(base__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gamertag} · {self.item or self.display}"
