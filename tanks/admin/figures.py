"""Figures day by day, of accounts and of vehicles."""

from django.contrib import admin

from common.admin.filters import OccurringValuesFilter, figure
from common.admin.parts import ChosenOnlyFilter
from tanks.admin.parts import PlayerRecordAdmin, PlayersClanFilter
from tanks.models import AccountSnapshot, TankSnapshot


@admin.register(AccountSnapshot)
class AccountSnapshotAdmin(PlayerRecordAdmin):
    ordering_of_few = ("-day", "-pk")
    list_display = (
        "day",
        "of_player",
        figure(AccountSnapshot, "battles"),
        "win_share",
        figure(AccountSnapshot, "damage_dealt"),
        figure(AccountSnapshot, "global_rating"),
        "last_battle_at",
        "taken_at",
        "is_reset",
    )
    list_filter = (("player", ChosenOnlyFilter), ("player__clan", PlayersClanFilter), "is_reset")


@admin.register(TankSnapshot)
class TankSnapshotAdmin(PlayerRecordAdmin):
    ordering_of_few = ("-day", "-pk")
    list_display = (
        "day",
        "of_player",
        "vehicle",
        figure(TankSnapshot, "battles"),
        "win_share",
        "mark_of_mastery",
        "taken_at",
        "is_reset",
    )
    list_filter = (
        ("player", ChosenOnlyFilter),
        ("player__clan", PlayersClanFilter),
        ("tank__tier", OccurringValuesFilter),
        "is_reset",
    )
    list_select_related = ("player", "tank")
