"""Figures day by day, of accounts and of vehicles."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from common.admin.parts import ChosenOnlyFilter, page_link
from tanks.admin.parts import PlayerRecordAdmin, PlayersClanFilter, win_percent
from tanks.models import AccountSnapshot, TankSnapshot


@admin.register(AccountSnapshot)
class AccountSnapshotAdmin(PlayerRecordAdmin):
    ordering_of_few = ("-day", "-pk")
    list_display = (
        "day",
        "of_player",
        "battles",
        "win_share",
        "damage_dealt",
        "global_rating",
        "last_battle_at",
        "taken_at",
        "is_reset",
    )
    list_filter = (("player", ChosenOnlyFilter), ("player__clan", PlayersClanFilter), "is_reset")

    @admin.display(description=gettext_lazy("player"))
    def of_player(self, row: AccountSnapshot) -> str:
        return page_link(row.player)

    @admin.display(description=gettext_lazy("win %"))
    def win_share(self, row: AccountSnapshot) -> str:
        return win_percent(row.wins, row.battles)


@admin.register(TankSnapshot)
class TankSnapshotAdmin(PlayerRecordAdmin):
    ordering_of_few = ("-day", "-pk")
    list_display = (
        "day",
        "of_player",
        "vehicle",
        "battles",
        "win_share",
        "mark_of_mastery",
        "taken_at",
        "is_reset",
    )
    list_filter = (
        ("player", ChosenOnlyFilter),
        ("player__clan", PlayersClanFilter),
        ("tank__tier", admin.AllValuesFieldListFilter),
        "is_reset",
    )
    list_select_related = ("player", "tank")

    @admin.display(description=gettext_lazy("player"))
    def of_player(self, row: TankSnapshot) -> str:
        return page_link(row.player)

    @admin.display(description=gettext_lazy("vehicle"))
    def vehicle(self, row: TankSnapshot) -> str:
        return page_link(row.tank)

    @admin.display(description=gettext_lazy("win %"))
    def win_share(self, row: TankSnapshot) -> str:
        return win_percent(row.wins, row.battles)
