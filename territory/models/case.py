"""Cases: everything that one player is accused of in one base, and each decision about it."""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from territory.models.ban import Ban
from territory.models.base import Base
from territory.models.people import by_person
from territory.models.server import GameServer

MOST_DAYS = 36_500


def check_lengths(value: object) -> None:
    """Raise ValidationError unless these are lengths of bans in days: a list of whole numbers."""
    days = value if isinstance(value, list) else [None]
    if not all(type(one) is int and 0 <= one <= MOST_DAYS for one in days):
        raise ValidationError(
            _("Write a list of whole numbers of days, from 0 to %(most)d, such as [1, 7, 0]."),
            params={"most": MOST_DAYS},
        )


class OffenceKind(models.TextChoices):
    """The kinds of offence that a game server has until staff make a list of its own (`Offence`).

    The rule opens cases of the first two; staff may ban for any of them.
    """

    TERRITORY_INVASION = "territory_invasion", _("territory invasion")
    FORBIDDEN_ITEM = "forbidden_item", _("forbidden item")
    CHEATING = "cheating", _("cheating")
    EXPLOIT = "exploit", _("abuse of a bug")
    DUPLICATION = "duplication", _("duplicated items")
    BASE_DAMAGE = "base_damage", _("damage to a base against the rules")
    TRAP = "trap", _("trap against the rules")
    COMBAT_LOG = "combat_log", _("leaving in combat")
    BAN_EVASION = "ban_evasion", _("another account to get around a ban")
    INSULT = "insult", _("insults or threats")
    HATE = "hate", _("hate or discrimination")
    SCAM = "scam", _("deceiving or robbing other members")
    STREAM_SNIPING = "stream_sniping", _("hunting a streamer by the stream")
    OTHER = "other", _("other infraction")


@audited()
class Offence(models.Model):
    """A kind of offence of one game server, with the lengths of its bans.

    A server without any has the kinds of `OffenceKind`, each permanent. `lengths_days` holds the length in days of the
    first, second, third … ban; the last holds for all later ones, and 0 is permanent.
    """

    server = models.ForeignKey(
        GameServer, on_delete=models.CASCADE, related_name="offences", verbose_name=_("game server")
    )
    key = models.SlugField(_("key"), max_length=32, help_text=_("Its name in addresses and exports."))
    name = models.CharField(_("name"), max_length=80)
    lengths_days = models.JSONField(
        _("lengths in days"),
        default=list,
        blank=True,
        validators=[check_lengths],
        help_text=_(
            "Of the first, second, third ban, for example [1, 7, 0]. 0 is permanent. Blank: permanent."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)

    class Meta:
        verbose_name = _("kind of offence")
        verbose_name_plural = _("kinds of offence")
        ordering = ["server", "name"]
        constraints = [
            models.UniqueConstraint(
                name="territory_offence_once",
                fields=["server", "key"],
                violation_error_message=_("This server has a kind of offence with this key already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CaseQuerySet(models.QuerySet["Case"]):
    """Queries of cases."""

    def waiting(self) -> Self:
        """Only cases with an act that a person must decide about; the oldest first."""
        return self.filter(state=Case.State.WAITING).order_by("waiting_since", "pk")


class Case(models.Model):
    """The acts of one player, of one kind, in one base (or none), until they are settled; or one ban made by staff.

    A new act joins the player's case of the same subject that waits or is confirmed with its ban in force, else it opens a case.
    The state follows from the acts and the ban (`territory.services.cases.settle`). `version` counts decisions and new acts:
    who decides says which version was read, and a decision on an older one is refused.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for staff")
        CONFIRMED = "confirmed", _("confirmed")
        LIFTED = "lifted", _("lifted")
        DISMISSED = "dismissed", _("dismissed")

    server = models.ForeignKey(
        GameServer, on_delete=models.PROTECT, related_name="cases", verbose_name=_("game server")
    )
    base = models.ForeignKey(
        Base, on_delete=models.PROTECT, null=True, related_name="cases", verbose_name=_("base")
    )
    base_name = models.TextField(_("base's name then"), blank=True, default="", db_default="")
    ban = models.ForeignKey(
        Ban,
        on_delete=models.SET_NULL,
        null=True,
        related_name="cases",
        verbose_name=_("ban"),
        help_text=_("The newest ban for this case."),
    )
    gamertag = models.TextField(_("gamertag"), blank=True, default="", db_default="")
    player_id = models.TextField(_("player id"), blank=True, default="", db_default="")
    kind = models.CharField(_("kind of offence"), max_length=32)
    kind_name = models.CharField(
        _("name of the kind then"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("Blank for the kinds that every server has."),
    )
    state = models.CharField(_("state"), max_length=16, choices=State)
    is_on_wall = models.BooleanField(_("on the wall of shame"), default=True, db_default=True)
    evidence = models.TextField(
        _("evidence"),
        blank=True,
        default="",
        db_default="",
        help_text=_("What staff wrote when they banned: text and links. For staff only."),
    )
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now, db_default=Now())
    last_act_at = models.DateTimeField(_("last act at"))
    waiting_since = models.DateTimeField(_("waiting since"), null=True)
    version = models.PositiveIntegerField(_("version"), default=0, db_default=0)

    objects: ClassVar[models.Manager["Case"]] = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="territory_case_waits_since",
                condition=Q(state="waiting", waiting_since__isnull=False)
                | ~Q(state="waiting") & Q(waiting_since__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["waiting_since", "id"], name="territory_case_waiting", condition=Q(state="waiting")
            ),
            models.Index(fields=["server", "player_id", "-id"], name="territory_case_player"),
            models.Index(fields=["state", "-id"], name="territory_case_state"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.gamertag or self.player_id}"

    @property
    def kind_in_words(self) -> str:
        """The kind of offence in the reader's language, or as staff named it."""
        known = dict(OffenceKind.choices)
        return self.kind_name or str(known.get(self.kind, self.kind))


@audited(exclude=["at", "before", "after", "undoes"])
class CaseAct(models.Model):
    """A decision about a case, by a person or (without one) by the machine. Acts are added, never changed.

    `before` and `after` hold the states around it, so that an act can be undone: the ban's id, whether it is lifted, how, and
    its end, and the status of each infraction (`territory.services.cases.Snapshot`).
    """

    class Kind(models.TextChoices):
        BAN = "ban", _("banned")
        CONFIRM = "confirm", _("confirmed")
        DISMISS = "dismiss", _("dismissed")
        LIFT = "lift", _("lifted")
        END = "end", _("changed the end")
        UNDO = "undo", _("undone")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="acts", verbose_name=_("case"))
    version = models.PositiveIntegerField(_("version of the case after it"))
    kind = models.CharField(_("act"), max_length=16, choices=Kind)
    by = by_person(_("by"), blank=False, help_text=_("Blank: by the machine."))
    at = models.DateTimeField(_("at"), default=timezone.now, db_default=Now())
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    lift_kind = models.CharField(_("kind of lifting"), max_length=16, choices=Ban.LiftKind, blank=True)
    before: Any = models.JSONField(_("before"))
    after: Any = models.JSONField(_("after"))
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by", verbose_name=_("undoes")
    )
    run = models.UUIDField(
        _("run"), null=True, help_text=_("The same for all acts that were undone together.")
    )

    class Meta:
        verbose_name = _("act on a case")
        verbose_name_plural = _("acts on cases")
        ordering = ["case", "version"]
        constraints = [
            models.UniqueConstraint(name="territory_caseact_version", fields=["case", "version"]),
        ]
        indexes = [models.Index(fields=["by", "-at"], name="territory_caseact_by")]

    def __str__(self) -> str:
        return f"{self.case} · {self.get_kind_display()}"
