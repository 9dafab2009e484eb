"""Placements, logs, questions and other records: to be looked at."""

# ruff: noqa: ARG002 - the signatures are Django's

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.filters import GivenFilter, figure
from common.admin.parts import (
    SHORT,
    ChosenOnlyFilter,
    RecordAdmin,
    as_number,
    clipped,
    page_link,
    text_column,
)
from territory import selectors, wording
from territory.adm.grammar import is_full_id
from territory.admin.filters import OccurredFilter, OccurringFilter, OccurringServerFilter
from territory.item_names import item_in_words
from territory.models import Activity, Infraction, LogFile, Placement, PlaceQuestion


@admin.register(Placement)
class PlacementAdmin(RecordAdmin):
    list_display = (
        "pk",
        "occurred_at",
        "server",
        "player",
        "what",
        "state",
        "outcome",
        "action",
        "base",
        "judged_at",
    )
    list_filter = (
        ("state", OccurringFilter),
        ("outcome", OccurringFilter),
        ("action", OccurringFilter),
        OccurredFilter,
        ("server", OccurringServerFilter),
        ("base", ChosenOnlyFilter),
    )
    list_select_related = ("server", "base")
    search_fields = ("gamertag",)
    search_help_text = gettext_lazy("A placement's number, a whole player id, or a part of a gamertag.")
    player = text_column("gamertag", gettext_lazy("gamertag"))
    sortable_by = ("pk",)  # by anything else the whole table would be sorted
    fieldsets = (
        (
            gettext_lazy("Verdict"),
            {"fields": ("verdict_words", "state", "outcome", "action", "consequences")},
        ),
        (gettext_lazy("Where and who"), {"fields": ("base", "distance_m", "user", "judged_at", "verdict")}),
        (
            gettext_lazy("What was logged"),
            {
                "fields": (
                    "raw_line",
                    "server",
                    "occurred_at",
                    "received_at",
                    "gamertag",
                    "player_id",
                    "xuid",
                    "kind",
                    "item",
                    "display",
                    "x",
                    "z",
                    "altitude",
                    "origin",
                    "origin_id",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave raw lines and reasons, most of the table, in the database until a page shows them."""
        placements: QuerySet[Any] = super().get_queryset(request).defer("raw_line", "reasons")
        return placements

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Take digits for a placement's number, by its index; Django would compare the number as text."""
        if (number := as_number(search_term)) is not None:
            return queryset.filter(pk=number), False
        if is_full_id(term := search_term.strip()):
            return queryset.filter(player_id=term), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=gettext_lazy("item"))
    def what(self, placement: Placement) -> str:
        return item_with_class(placement.item, placement.display)

    @admin.display(description=gettext_lazy("verdict in words"))
    def verdict_words(self, placement: Placement) -> str:
        return verdict_in_words(placement)

    @admin.display(description=gettext_lazy("verdict in full"))
    def verdict(self, placement: Placement) -> str:
        return verdict_link(placement.pk)

    @admin.display(description=gettext_lazy("what followed"))
    def consequences(self, placement: Placement) -> str:
        infraction = Infraction.objects.select_related("ban").filter(placement=placement).first()
        if infraction is None:
            return "-"
        rows = [infraction, infraction.ban] if infraction.ban else [infraction]
        links = ((row._meta.verbose_name, page_link(row)) for row in rows)
        return format_html_join(" · ", "{} {}", links)


def item_with_class(item: str, display: str = "") -> str:
    """Return an item in words, with its class below where the words are others."""
    words = clipped(item_in_words(item, display), SHORT)
    if not item or words == item:
        return words
    return format_html('<bdi>{}</bdi><span class="detail">{}</span>', words, clipped(item, SHORT))


def verdict_in_words(placement: Placement) -> str:
    """Return why the placement was judged as it was, a line for each reason, safe for HTML."""
    names = selectors.names_of_bases(wording.mentioned_base_ids([placement]))
    reasons = wording.reasons_in_words(placement, names)
    return format_html_join("", '<span class="reason">{}</span>', ((reason,) for reason in reasons))


def verdict_link(placement_id: int) -> str:
    """Return a link to the page that explains the verdict on a placement, safe for HTML."""
    address = reverse("verdict", args=[placement_id])
    return format_html('<a href="{}">{}</a>', address, _("Everything the verdict rests on"))


@admin.register(Activity)
class ActivityAdmin(RecordAdmin):
    list_display = ("occurred_at", "server", "player", "kind", "what", "standing", "base")
    list_filter = (
        ("kind", OccurringFilter),
        ("standing", OccurringFilter),
        OccurredFilter,
        ("server", OccurringServerFilter),
        ("base", ChosenOnlyFilter),
    )
    list_select_related = ("server", "base")
    search_fields = ("gamertag",)
    player = text_column("gamertag", gettext_lazy("gamertag"))
    sortable_by = ("pk",)

    @admin.display(description=gettext_lazy("item"))
    def what(self, activity: Activity) -> str:
        return item_with_class(activity.item, activity.display)


@admin.register(LogFile)
class LogFileAdmin(RecordAdmin):
    list_display = (
        "name",
        "server",
        figure(LogFile, "lines"),
        figure(LogFile, "placements"),
        "last_event_at",
        "last_read_at",
        "trouble",
    )
    list_filter = (("source", admin.RelatedOnlyFieldListFilter), ("last_error", GivenFilter))
    list_select_related = ("source__server",)
    search_fields = ("name",)
    server = text_column("source.server", gettext_lazy("game server"))
    trouble = text_column("last_error", gettext_lazy("last error"), 80)


@admin.register(PlaceQuestion)
class PlaceQuestionAdmin(RecordAdmin):
    """Questions about places: whoever was refused most in the last day stands first."""

    list_display = (
        "person",
        "refused_today",
        "asked_at",
        "kind",
        "answer",
        "server",
        *(figure(PlaceQuestion, name) for name in ("x", "z")),
    )
    list_filter = (
        ("kind", OccurringFilter),
        ("answer", OccurringFilter),
        ("server", OccurringServerFilter),
        ("person", ChosenOnlyFilter),
    )
    list_select_related = ("person", "server")
    search_fields = ("person__username", "person__display_name", "person__discord_id__exact")
    sortable_by = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only who may see positions sees where somebody asked."""
        return super().has_view_permission(request, obj) and request.user.has_perm("territory.view_placement")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-refused", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lately = PlaceQuestion.objects.filter(asked_at__gte=timezone.now() - timedelta(days=1), answer="no")
        by_person = lately.order_by().values("person").annotate(count=Count("pk"))
        count = Subquery(by_person.filter(person=OuterRef("person")).values("count"))
        questions: QuerySet[Any] = PlaceQuestion.objects.annotate(refused=Coalesce(count, 0))
        return questions.order_by(*self.get_ordering(request))

    @admin.display(description=gettext_lazy("refused in the last day"))
    def refused_today(self, question: Any) -> int:
        return int(question.refused)
