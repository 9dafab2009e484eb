"""Questions about places: whoever was refused most in the last day stands first."""

# ruff: noqa: ARG002 - the signatures are Django's

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from common.admin.filters import figure
from common.admin.parts import ChosenOnlyFilter, RecordAdmin
from territory.admin.filters import OccurringFilter, OccurringServerFilter
from territory.models import PlaceQuestion


@admin.register(PlaceQuestion)
class PlaceQuestionAdmin(RecordAdmin):
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
