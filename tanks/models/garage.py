"""Vehicles that players have driven, and figures day by day."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tanks.models.player import AccountFigures, Player
from tanks.models.vehicle import Vehicle


class Mastery(models.IntegerChoices):
    """The mastery badges, best ever."""

    NONE = 0, _("no badge")
    THIRD = 1, _("3rd class")
    SECOND = 2, _("2nd class")
    FIRST = 3, _("1st class")
    ACE = 4, _("Ace Tanker")


class TankFigures(models.Model):
    """A player's life-time sums in one vehicle over random battles; empty where they were never read."""

    battles = models.BigIntegerField(_("battles"))
    wins = models.BigIntegerField(_("wins"))
    mark_of_mastery = models.SmallIntegerField(_("mastery badge"), choices=Mastery, default=0, db_default=0)
    damage_dealt = models.BigIntegerField(_("damage dealt"), null=True, blank=True)
    frags = models.BigIntegerField(_("frags"), null=True, blank=True)
    spotted = models.BigIntegerField(_("enemies spotted"), null=True, blank=True)
    dropped_capture_points = models.BigIntegerField(_("defence points"), null=True, blank=True)
    marks_on_gun = models.SmallIntegerField(_("marks of excellence"), null=True, blank=True)

    class Meta:
        abstract = True


class GarageTankQuerySet(models.QuerySet["GarageTank"]):
    """Queries of vehicles."""

    def shown_to(self, reader_id: int | None) -> Self:
        """Only the rows that this person may see, with `shown_in_garage`: what they may see of `in_garage`.

        What a player's token told is the player's own, unless the player shares it: which vehicles stand in the garage, and
        those that were never fought in, of which nobody else would know.
        """
        is_open = Q(player__shares_garage=True)
        if reader_id is not None:
            is_open |= Q(player__user=reader_id)
        told_by_token = Q(battles=0, withdrawn_at=None, in_garage__isnull=False)
        shown = models.BooleanField(null=True)
        return self.filter(is_open | ~told_by_token).annotate(
            shown_in_garage=Case(When(is_open, then=F("in_garage")), default=None, output_field=shown)
        )


class GarageTank(TankFigures):
    """A vehicle that a player has fought in, sold ones too; or one in the garage, which its owner let us see.

    `in_garage`: true and false come from the owner's token, empty is unknown; others than the owner see it by `shown_to`
    alone. The battles of all rows of a player are
    those of the account: one that the API lists no more is marked `withdrawn_at`, and its last figures stand apart.
    """

    player = models.ForeignKey(
        Player, on_delete=models.CASCADE, related_name="tanks", verbose_name=_("player"), db_index=False
    )
    tank = models.ForeignKey(
        Vehicle, on_delete=models.PROTECT, related_name="garage_tanks", verbose_name=_("vehicle")
    )
    in_garage = models.BooleanField(_("in the garage"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(
        _("withdrawn at"),
        null=True,
        blank=True,
        help_text=_("Since then the game no longer lists this vehicle, nor counts its battles."),
    )
    withdrawn_battles = models.BigIntegerField(_("battles before that"), default=0, db_default=0)
    withdrawn_wins = models.BigIntegerField(_("wins before that"), default=0, db_default=0)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now, db_default=Now())
    last_changed = models.DateTimeField(_("last changed"), default=timezone.now, db_default=Now())

    objects: ClassVar[models.Manager["GarageTank"]] = GarageTankQuerySet.as_manager()

    class Meta:
        verbose_name = _("vehicle of a player")
        verbose_name_plural = _("vehicles of players")
        ordering = ["player", "-battles", "pk"]
        constraints = [
            models.UniqueConstraint(name="tanks_garagetank_once", fields=["player", "tank"]),
            models.CheckConstraint(
                name="tanks_garagetank_mastery_known", condition=Q(mark_of_mastery__range=(0, 4))
            ),
            models.CheckConstraint(
                name="tanks_garagetank_marks_known",
                condition=Q(marks_on_gun__isnull=True) | Q(marks_on_gun__range=(0, 3)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.player} · {self.tank}"


class Snapshot(models.Model):
    """Figures as they last stood on one day of the site's calendar.

    `is_reset`: a counter fell on that day, so that no difference across it means anything.
    """

    day = models.DateField(_("day"))
    taken_at = models.DateTimeField(_("taken at"))
    is_reset = models.BooleanField(_("a counter fell"), default=False, db_default=False)

    class Meta:
        abstract = True


class AccountSnapshot(AccountFigures, Snapshot):
    """A player's figures; a row for each day with a sync."""

    player = models.ForeignKey(
        Player, on_delete=models.CASCADE, related_name="snapshots", verbose_name=_("player"), db_index=False
    )

    class Meta:
        verbose_name = _("snapshot of an account")
        verbose_name_plural = _("snapshots of accounts")
        ordering = ["-day", "player"]
        constraints = [
            models.UniqueConstraint(name="tanks_accountsnapshot_once_a_day", fields=["player", "day"])
        ]

    def __str__(self) -> str:
        return f"{self.player} · {self.day}"


class TankSnapshot(TankFigures, Snapshot):
    """A vehicle's figures; only for days on which they changed, and the first one.

    What stood on a day is the newest row up to it.
    """

    player = models.ForeignKey(
        Player,
        on_delete=models.CASCADE,
        related_name="tank_snapshots",
        verbose_name=_("player"),
        db_index=False,
    )
    tank = models.ForeignKey(
        Vehicle, on_delete=models.PROTECT, related_name="+", verbose_name=_("vehicle"), db_index=False
    )

    class Meta:
        verbose_name = _("snapshot of a vehicle")
        verbose_name_plural = _("snapshots of vehicles")
        ordering = ["-day", "player", "tank"]
        constraints = [
            models.UniqueConstraint(name="tanks_tanksnapshot_once_a_day", fields=["player", "tank", "day"])
        ]

    def __str__(self) -> str:
        return f"{self.player} · {self.tank} · {self.day}"
