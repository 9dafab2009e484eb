"""What people write about cases: notes of staff, appeals with their words, who is looking at what waits, and undone periods."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from territory.models import Ban, Case


class CaseNote(models.Model):
    """A note of staff about a case: added, never changed. Only staff read it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes", verbose_name=_("case"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now, db_default=Now())
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("note on a case")
        verbose_name_plural = _("notes on cases")
        ordering = ["case", "pk"]

    def __str__(self) -> str:
        return f"{self.case} · {self.pk}"


@audited(exclude=["opened_at"])
class Appeal(models.Model):
    """A request to lift a ban: by the person whose link proves the banned player, or by the ban's signed link.

    One is open at a time. An appeal by link gives way to one by the proven person (`replaced`).
    """

    class State(models.TextChoices):
        OPEN = "open", _("waiting for staff")
        GRANTED = "granted", _("granted")
        KEPT = "kept", _("the ban stays")
        REPLACED = "replaced", _("replaced by the player's own appeal")

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="appeals", verbose_name=_("ban"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
        help_text=_("Blank: by the ban's link, which proves nobody."),
    )
    by_link = models.BooleanField(_("by the ban's link"), default=False, db_default=False)
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.OPEN, db_default=State.OPEN.value
    )
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now, db_default=Now())
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="justice_appeal_one_open", fields=["ban"], condition=Q(state="open")
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at", "id"], name="justice_appeal_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.ban} · {self.get_state_display()}"


class AppealMessage(models.Model):
    """Words of an appeal: of the player, or of staff, whose names the player never reads."""

    appeal = models.ForeignKey(
        Appeal, on_delete=models.CASCADE, related_name="messages", verbose_name=_("appeal")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    is_staff = models.BooleanField(_("by staff"), default=False, db_default=False)
    at = models.DateTimeField(_("at"), default=timezone.now, db_default=Now())
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("words of an appeal")
        verbose_name_plural = _("words of appeals")
        ordering = ["appeal", "pk"]

    def __str__(self) -> str:
        return f"{self.appeal} · {self.pk}"


class QueueMark(models.Model):
    """What staff do with something that waits in the queue: who is looking at it, until when, and how often it was skipped.

    `kind` and `key` name what waits, as `justice.queue` does.
    """

    kind = models.CharField(_("kind"), max_length=16)
    key = models.CharField(_("key"), max_length=64)
    looked_at_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("looked at by"),
    )
    looked_at_until = models.DateTimeField(_("looked at until"), null=True)
    skips = models.PositiveSmallIntegerField(_("times skipped"), default=0, db_default=0)

    class Meta:
        verbose_name = _("mark in the queue")
        verbose_name_plural = _("marks in the queue")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(name="justice_queuemark_once", fields=["kind", "key"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class UndoRun(models.Model):
    """Acts of a period that were undone together: what was chosen, and each step in the order in which it is taken.

    A step is {"act": the number of an act to undo} or {"lift": the number of a case whose automatic ban is lifted}. Steps are
    taken one by one, each in a transaction of its own, and one that was taken is seen to be done: a worker that dies loses
    nothing. `troubles` says by the step's place why it could not be taken.
    """

    class Scope(models.TextChoices):
        MODERATOR = "moderator", _("a member of staff")
        VERSION = "version", _("a version of the rule")
        LOG = "log", _("a log")
        SERVER = "server", _("a game server")
        RUN = "run", _("what was undone together")

    run = models.UUIDField(_("run"), default=uuid.uuid4, unique=True, editable=False)
    scope = models.CharField(_("scope"), max_length=16, choices=Scope)
    subject = models.BigIntegerField(_("number of what was chosen"))
    name = models.TextField(_("what was chosen"))
    since = models.DateTimeField(_("since"), null=True)
    until = models.DateTimeField(_("until"), null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    reason = models.TextField(_("reason"))
    steps: Any = models.JSONField(_("steps"))
    done = models.PositiveIntegerField(_("steps taken"), default=0, db_default=0)
    troubles: Any = models.JSONField(_("troubles"), default=dict, db_default={})
    started_at = models.DateTimeField(_("started at"), default=timezone.now, db_default=Now())
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("undone period")
        verbose_name_plural = _("undone periods")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="justice_undorun_open", condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} · {self.name}"
