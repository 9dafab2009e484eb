"""Game servers, their item rules and their staff immunities."""

from datetime import timedelta
from functools import cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from common.periods import ends_in_time
from territory.rules import facts
from territory.rules.maps import LEAST_SIDE_M, MAPS, MOST_SIDE_M, map_name, map_title

_LEAST_MAXIMUM_AGE = timedelta(minutes=10)  # a shorter one is hours or minutes, typed as seconds


class Platform(models.TextChoices):
    """The platform of a game server, or of a player: it decides what a gamertag proves and what a player id looks like."""

    UNKNOWN = "", _("unknown")
    XBOX = "xbox", "Xbox"
    PLAYSTATION = "playstation", "PlayStation"
    PC = "pc", "PC"


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not have."""
    if name not in _known_zones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Write one such as America/Sao_Paulo or UTC."),
            params={"name": name},
        )


@audited(exclude=["created_at"])
class GameServer(models.Model):
    """A DayZ server whose log is read and on which bans are carried out."""

    class Mode(models.TextChoices):
        ENFORCE = facts.Mode.ENFORCE.value, _("enforce: ban at once")
        REVIEW = facts.Mode.REVIEW.value, _("review: staff confirm each ban")
        OBSERVE = facts.Mode.OBSERVE.value, _("observe: verdicts only")

    class Breaker(models.TextChoices):
        """Why the circuit breaker tripped: while it stands, the server judges as in review."""

        BANS = "bans", _("too many automatic bans in a short time")
        OWNER = "owner", _("an owner was about to be banned in the own area")
        MIRRORED = "mirrored", _("places fit the map only mirrored")

    slug = models.SlugField(
        _("slug"), max_length=50, unique=True, help_text=_("Its name in addresses and commands.")
    )
    name = models.CharField(_("name"), max_length=100, blank=True, default="", db_default="")
    map = models.CharField(
        _("map"),
        max_length=64,
        default="chernarusplus",
        db_default="chernarusplus",
        help_text=_("A map of the list, or the name of any other one. Bases stay when the map changes."),
    )
    # Whoever saves a server of a known map need not know its size.
    map_size_m = models.FloatField(
        _("sides of the map (m)"),
        blank=True,
        default=None,
        db_default=MAPS["chernarusplus"].side_m,
        validators=[MinValueValidator(LEAST_SIDE_M), MaxValueValidator(MOST_SIDE_M)],
        help_text=_("The length of a side in metres, for a map that is not in the list only."),
    )
    platform = models.CharField(
        _("platform"),
        max_length=16,
        choices=Platform,
        blank=True,
        default=Platform.UNKNOWN,
        db_default=Platform.UNKNOWN.value,
        help_text=_(
            "On consoles a gamertag names one player. On PC anybody may take any name: there only a proven player id counts. "
            "While it is unknown, names prove something for Xbox players alone, whose ids nobody else has."
        ),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="America/Sao_Paulo",
        db_default="America/Sao_Paulo",
        validators=[validate_time_zone],
        help_text=_("The zone of the host's clock, for example America/Sao_Paulo. The log does not say it."),
    )
    mode = models.CharField(
        _("mode"),
        max_length=16,
        choices=Mode,
        default=Mode.ENFORCE,
        db_default=Mode.ENFORCE.value,
        help_text=_("Observe is advisable for a new server's first week."),
    )
    border_margin_m = models.FloatField(
        _("border margin (m)"),
        default=0.0,
        db_default=0.0,
        validators=[MinValueValidator(0), MaxValueValidator(50)],
        help_text=_(
            "An invasion this close to a base's edge goes to review. The item may lie up to 6 m from its player."
        ),
    )
    maximum_age = models.DurationField(
        _("maximum age"),
        default=timedelta(hours=24),
        db_default=timedelta(hours=24),
        help_text=_("A placement older than this when it is judged never bans by itself."),
    )
    sleep_after_days = models.PositiveSmallIntegerField(
        _("release sleeping bases after (days)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(7), MaxValueValidator(3650)],
        help_text=_(
            "A base none of whose builders was seen in the log for so long is released; its owner is warned before. "
            "Blank: never."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    is_wall_public = models.BooleanField(
        _("wall of shame in public"),
        default=True,
        db_default=True,
        help_text=_("Off: nobody reaches this server's entries of the wall."),
    )
    appeals_by_others = models.BooleanField(
        _("appeals are decided by others"),
        default=True,
        db_default=True,
        help_text=_("Whoever banned does not decide the appeal. Switch it off only if staff is one person."),
    )
    appeal_pause = models.DurationField(
        _("pause between appeals"),
        default=timedelta(days=7),
        db_default=timedelta(days=7),
        help_text=_("After an answer, the same ban can be appealed against again only after this."),
    )
    breaker_bans = models.PositiveSmallIntegerField(
        _("circuit breaker: automatic bans"),
        null=True,
        blank=True,
        default=20,
        db_default=20,
        validators=[MinValueValidator(1)],
        help_text=_(
            "More automatic bans than this within the breaker's time, and the server drops to review until staff look. "
            "Blank: never."
        ),
    )
    breaker_window = models.DurationField(
        _("circuit breaker: time"),
        default=timedelta(minutes=10),
        db_default=timedelta(minutes=10),
        validators=[MinValueValidator(timedelta(minutes=1)), MaxValueValidator(timedelta(days=1))],
    )
    tripped_at = models.DateTimeField(_("circuit breaker tripped at"), null=True, editable=False)
    tripped_because = models.CharField(
        _("circuit breaker tripped because"),
        max_length=16,
        choices=Breaker,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    breaker_since = models.DateTimeField(
        _("circuit breaker counts since"),
        null=True,
        editable=False,
        help_text=_("Staff set it back then: the bans before count no longer."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("game server")
        verbose_name_plural = _("game servers")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="territory_gameserver_map_size_in_bounds",
                condition=Q(map_size_m__gte=LEAST_SIDE_M, map_size_m__lte=MOST_SIDE_M),
                violation_error_message=_("The sides of a map are 500 to 65,536 m long."),
            ),
            models.CheckConstraint(
                name="territory_gameserver_known_mode",
                condition=Q(mode__in=sorted(mode.value for mode in facts.Mode)),
            ),
            models.CheckConstraint(
                name="territory_gameserver_margin_in_bounds",
                condition=Q(border_margin_m__gte=0, border_margin_m__lte=50),
                violation_error_message=_("The border margin lies between 0 and 50 m."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.slug

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a known map gets its own name and size."""
        self._settle_map()
        if "map" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*kwargs["update_fields"], "map_size_m"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a map without a size, and a maximum age that was typed as hours."""
        super().clean()
        self._settle_map()
        errors = {}
        if not self.map_size_m:
            errors["map_size_m"] = _("This map is not in the list. Write the length of its sides in metres.")
        if self.maximum_age < _LEAST_MAXIMUM_AGE:
            errors["maximum_age"] = _(
                'At least ten minutes. One day is written "24:00:00" or "1 00:00:00"; "24" means seconds.'
            )
        if errors:
            raise ValidationError(errors)

    def _settle_map(self) -> None:
        self.map = map_name(self.map)
        if self.map in MAPS:
            self.map_size_m = MAPS[self.map].side_m

    @property
    def map_title(self) -> str:
        """The map's title."""
        return map_title(self.map)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the host's clock."""
        return ZoneInfo(self.time_zone)

    @property
    def rules(self) -> facts.ServerRules:
        """The settings that verdicts depend on."""
        mode, is_tripped = facts.Mode(self.mode), self.tripped_at is not None
        return facts.ServerRules(mode, self.border_margin_m, self.maximum_age, is_tripped)


@audited()
class ItemRule(models.Model):
    """The policy of an item or of a pattern of items, on one game server or, without a server, on all."""

    class Policy(models.TextChoices):
        PROTECTED = facts.Policy.PROTECTED.value, _("protected: needs a right inside a base")
        PROTECTED_REVIEW = facts.Policy.PROTECTED_REVIEW.value, _("protected, an invasion goes to review")
        FORBIDDEN = facts.Policy.FORBIDDEN.value, _("forbidden: bans anybody anywhere")
        IGNORED = facts.Policy.IGNORED.value, _("ignored")

    server = models.ForeignKey(
        GameServer,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="item_rules",
        verbose_name=_("game server"),
        help_text=_("Blank: on all game servers."),
    )
    pattern = models.CharField(
        _("class or pattern"),
        max_length=100,
        help_text=_("An item class such as FenceKit, or a pattern such as Barrel_*. Case does not matter."),
    )
    policy = models.CharField(_("policy"), max_length=20, choices=Policy)
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("item rule")
        verbose_name_plural = _("item rules")
        ordering = ["server", "pattern"]
        constraints = [
            models.UniqueConstraint(
                "server",
                models.functions.Lower("pattern"),
                name="territory_itemrule_one_per_pattern",
                nulls_distinct=False,
                violation_error_message=_("There is a rule for this item already."),
            ),
            models.CheckConstraint(
                name="territory_itemrule_known_policy",
                condition=Q(policy__in=sorted(policy.value for policy in facts.Policy)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern} → {self.get_policy_display()}"

    def clean(self) -> None:
        """Refuse a pattern that would catch every item by mistake."""
        super().clean()
        if not self.pattern.strip("*?[] "):
            raise ValidationError(
                {"pattern": _("This pattern would mean every item. Name a class or part of one.")}
            )


@audited()
class StaffImmunity(models.Model):
    """A person's immunity on a game server, which never punishes the person while it is in force."""

    server = models.ForeignKey(
        GameServer, on_delete=models.CASCADE, related_name="immunities", verbose_name=_("game server")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    granted_at = models.DateTimeField(_("granted at"), default=timezone.now, db_default=Now())
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("staff immunity")
        verbose_name_plural = _("staff immunities")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="territory_staffimmunity_ends_after_start",
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("granted_at")),
                violation_error_message=_("An immunity cannot be revoked before it is granted."),
            ),
            ends_in_time("revoked_at", name="territory_staffimmunity_revoked_in_time"),
            models.UniqueConstraint(
                name="territory_staffimmunity_one_open",
                fields=["server", "user"],
                condition=Q(revoked_at__isnull=True),
                violation_error_message=_("This person has an immunity on the server already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.server}"
