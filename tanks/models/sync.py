"""The log of the syncs, and how fresh each section of a clan's data is."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tanks.models.clan import SyncedClan


class Section(models.TextChoices):
    """The parts of a sync, in the order in which they are done."""

    MEMBERS = "members", _("members")
    ACCOUNTS = "accounts", _("accounts")
    VEHICLES = "vehicles", _("catalogue of vehicles")
    TANKS = "tanks", _("players' vehicles")
    PRIVATE = "private", _("private garages")


class SyncTrouble(models.TextChoices):
    """Why a part of a sync brought nothing; `tanks.wording` says what it means and what to do."""

    NONE = "", "-"
    UNAVAILABLE = "unavailable", _("no answer")
    RATE_LIMITED = "rate_limited", _("too many requests")
    NOT_CONFIGURED = "not_configured", _("application refused")
    SUSPENDED = "suspended", _("requests suspended")
    REFUSED = "refused", _("request refused")
    UNREADABLE = "unreadable", _("answer not understood")
    EMPTY = "empty", _("empty answer")
    DISBANDED = "disbanded", _("clan disbanded")
    HELD_BACK = "held_back", _("members missing")
    INTERNAL = "internal", _("fault of this site")


class SyncRun(models.Model):
    """One sync of a clan: asked for, running, and what came of it.

    The row is there before a worker hears of it. `rows_changed` counts rows about the game that were inserted or changed,
    not the bookkeeping; `changes` counts them by section.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        PARTIAL = "partial", _("done in part")
        FAILED = "failed", _("failed")
        ABANDONED = "abandoned", _("broken off")

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("on schedule")
        PAGE = "page", _("asked for on a page")
        COMMAND = "command", _("asked for by command")

    clan = models.ForeignKey(
        SyncedClan, on_delete=models.CASCADE, related_name="sync_runs", verbose_name=_("clan"), db_index=False
    )
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.WAITING, db_default=State.WAITING.value
    )
    trigger = models.CharField(
        _("asked for"),
        max_length=16,
        choices=Trigger,
        default=Trigger.SCHEDULE,
        db_default=Trigger.SCHEDULE.value,
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    requested_at = models.DateTimeField(_("asked for at"), default=timezone.now, db_default=Now())
    is_full = models.BooleanField(_("all vehicles"), default=False, db_default=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    calls = models.IntegerField(_("calls"), default=0, db_default=0)
    bytes = models.BigIntegerField(_("bytes received"), default=0, db_default=0)
    rows_changed = models.IntegerField(_("rows changed"), default=0, db_default=0)
    changes = models.JSONField(_("rows changed by section"), default=dict, db_default={}, blank=True)
    trouble = models.CharField(
        _("trouble"), max_length=20, choices=SyncTrouble, blank=True, default="", db_default=""
    )
    error = models.TextField(_("technical detail"), blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("sync")
        verbose_name_plural = _("syncs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="tanks_syncrun_one_waiting", fields=["clan"], condition=Q(state="waiting")
            )
        ]
        indexes = [models.Index(fields=["clan", "-id"], name="tanks_syncrun_newest")]

    def __str__(self) -> str:
        return f"{self.clan} · {self.get_state_display()}"

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None while it has not ended."""
        return self.ended_at - self.started_at if self.started_at and self.ended_at else None

    @property
    def is_over(self) -> bool:
        return self.state not in {self.State.WAITING, self.State.RUNNING}


class SyncStatus(models.Model):
    """How fresh one section of a clan's data is. The trouble is that of the last attempt, empty when it went well."""

    clan = models.ForeignKey(
        SyncedClan,
        on_delete=models.CASCADE,
        related_name="sync_statuses",
        verbose_name=_("clan"),
        db_index=False,
    )
    section = models.CharField(_("section"), max_length=16, choices=Section)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True)
    last_change_at = models.DateTimeField(_("last change"), null=True, blank=True)
    last_error_at = models.DateTimeField(_("last error"), null=True, blank=True)
    last_error = models.TextField(_("technical detail"), blank=True, default="", db_default="")
    trouble = models.CharField(
        _("trouble"), max_length=20, choices=SyncTrouble, blank=True, default="", db_default=""
    )
    unreadable = models.IntegerField(
        _("parts that could not be read"),
        default=0,
        db_default=0,
        help_text=_("Of the answers of the last attempt; everything else in them was stored."),
    )
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)

    class Meta:
        verbose_name = _("freshness")
        verbose_name_plural = _("freshness")
        ordering = ["clan", "pk"]
        constraints = [
            models.UniqueConstraint(name="tanks_syncstatus_once_a_section", fields=["clan", "section"])
        ]

    def __str__(self) -> str:
        return f"{self.clan} · {self.get_section_display()}"
