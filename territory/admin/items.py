"""Item rules, and a field that tries out which policy an item has on each game server."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.parts import PlainAdmin, page_link
from territory import wording
from territory.admin.filters import OccurringFilter, OccurringServerFilter
from territory.models import ItemRule
from territory.services.policies import TriedItem, try_item
from territory.services.versions import note_versions


class TryForm(forms.Form):
    """An item as the log writes it."""

    item = forms.CharField(
        label=gettext_lazy("Item class"),
        max_length=100,
        help_text=gettext_lazy("A class such as FenceKit; for logs without classes the name as shown."),
    )
    is_part = forms.BooleanField(
        label=gettext_lazy("Part built on a structure"),
        required=False,
        help_text=gettext_lazy("As in “Built wall on Fence”: the part is “wall”."),
    )


@admin.register(ItemRule)
class ItemRuleAdmin(PlainAdmin):
    list_display = ("pattern", "policy", "server", "note")
    list_filter = (("policy", OccurringFilter), ("server", OccurringServerFilter))
    list_select_related = ("server",)
    search_fields = ("pattern", "note")
    autocomplete_fields = ("server",)

    def save_model(self, request: HttpRequest, obj: ItemRule, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(note_versions)

    def delete_model(self, request: HttpRequest, obj: ItemRule) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(note_versions)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(note_versions)

    def get_urls(self) -> list[Any]:
        tried = path("try/", self.admin_site.admin_view(self.try_view), name="territory_itemrule_try")
        return [tried, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"try_form": TryForm()} | (extra_context or {}))

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Show an item's policy on each game server, by the same rules that judge."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        form = TryForm(request.GET if "item" in request.GET else None)
        given: dict[str, Any] = form.cleaned_data if form.is_valid() else {"item": ""}
        item = given["item"].strip()
        tried = try_item(item, is_part=given["is_part"]) if item else []
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try out the item rules"),
            "opts": self.opts,
            "try_form": form,
            "item": item,
            "tried": [_in_words(one) for one in tried],
        }
        return TemplateResponse(request, "admin/try_item.html", context)


def _in_words(tried: TriedItem) -> dict[str, Any]:
    return {
        "server": tried.server,
        "policy": wording.POLICIES[tried.decision.policy],
        "source": wording.POLICY_SOURCES[tried.decision.source],
        "rule": page_link(tried.row) if tried.row else tried.pattern,
    }
