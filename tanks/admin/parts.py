"""What the admin pages about players share."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

from clans.admin.parts import clans_to_choose
from common.admin.parts import RecordAdmin, as_number, page_link
from tanks.models import Player

_CHOOSES_FEW = ("q", "player__id__exact", "tank__tank_id__exact")


class PlayersClanFilter(admin.RelatedFieldListFilter):
    """The clans that have players; to ask a large table which occur in it would read all of it."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        return clans_to_choose(Player.objects.filter(clan__isnull=False).values("clan"))


class PlayerRecordAdmin(RecordAdmin):
    """Records of players, found by nickname or account id; the table may hold millions of rows."""

    list_select_related: ClassVar[Any] = ("player",)
    search_fields = ("player__nickname",)
    ordering: ClassVar[Any] = ("-pk",)  # an index gives it, however large the table
    # Of few players' rows: to look for them along the index above would read all others.
    ordering_of_few: ClassVar[Any] = ()
    sortable_by: ClassVar[Any] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("player__access_token")
        return rows

    def get_ordering(self, request: HttpRequest) -> Any:
        is_few = any(request.GET.get(name) for name in _CHOOSES_FEW)
        return (self.ordering_of_few if is_few else ()) or self.ordering

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find the players first, of whom there are few: by a part of the nickname, or by the account id."""
        if not (term := search_term.strip()):
            return queryset, False
        number = as_number(term)
        named = Q(nickname__icontains=term) | (Q() if number is None else Q(account_id=number))
        return queryset.filter(player__in=Player.objects.filter(named).values("pk")), False

    @admin.display(description=gettext_lazy("player"))
    def of_player(self, row: Any) -> str:
        return page_link(row.player)

    @admin.display(description=gettext_lazy("vehicle"))
    def vehicle(self, row: Any) -> str:
        return page_link(row.tank)

    @admin.display(description=gettext_lazy("win %"))
    def win_share(self, row: Any) -> str:
        return win_percent(row.wins, row.battles)


def win_percent(wins: int | None, battles: int | None) -> str:
    """Return the share of battles won in per cent, in the reader's number format; a dash without battles."""
    return f"{number_format(100 * (wins or 0) / battles, 2)} %" if battles else "-"
