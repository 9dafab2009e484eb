"""Bases, their permissions and their past."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from clans.admin.parts import ClanFilter
from common.admin.filters import figure
from common.admin.parts import (
    ChosenOnlyFilter,
    PlainAdmin,
    RecordInline,
    list_link,
    list_links,
    text_column,
)
from common.admin.periods import PeriodForm
from territory.admin import map as base_map
from territory.admin.filters import EndedFilter, OccurringServerFilter, RevokedFilter
from territory.fields import MetresField
from territory.models import Activity, Base, BasePermission, BaseRevision, Infraction, Placement
from territory.wording import unproven_owner


class PermissionForm(PeriodForm):
    """A permission: whose it is, for which base and since when stays as it was granted."""

    starts, ends, fixed = "granted_at", "revoked_at", ("base", "user", "granted_at")


class PermissionInline(admin.TabularInline):  # type: ignore[type-arg]
    model = BasePermission
    form = PermissionForm
    extra = 0
    can_delete = False  # revoked_at ends a permission; what was built under it stays explained
    autocomplete_fields = ("user",)
    readonly_fields = ("granted_by", "revoke_reason")
    fields = ("user", "level", "granted_at", "revoked_at", "revoke_reason", "granted_by")


class RevisionInline(RecordInline):
    model = BaseRevision
    fields = ("valid_from", "valid_to", "x", "z", "radius_m", "owner", "clan")


class BaseForm(PeriodForm):
    """A base, checked against all others before the database refuses it."""

    starts, ends = "registered_at", "removed_at"

    class Meta:
        model = Base
        fields = (
            "server",
            "owner",
            "clan",
            "name",
            "place",
            "x",
            "z",
            "radius_m",
            "removed_at",
            "away_until",
            "alarms_discord",
        )
        field_classes: ClassVar = dict.fromkeys(("x", "z", "radius_m"), MetresField)

    def _post_clean(self) -> None:
        """Check the constraints that mention registered_at too: Django skips them, since it is no field here."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self.add_error(None, error)


@admin.register(Base)
class BaseAdmin(PlainAdmin):
    can_delete = False  # removed_at closes a base; acts inside it are still judged by it
    form = BaseForm
    list_display = (
        "name",
        "owner",
        "in_force",
        *(figure(Base, name) for name in ("x", "z", "radius_m")),
        "clan",
        "server",
        "permission_count",
        "removed_at",
    )
    list_filter = (EndedFilter, ("server", OccurringServerFilter), ("clan", ClanFilter))
    list_select_related = ("server", "owner", "clan")
    search_fields = ("name", "place", "owner__username", "owner__display_name", "owner__discord_id__exact")
    search_help_text = gettext_lazy("A part of a name, a place or the owner's name, or a whole Discord id.")
    autocomplete_fields = ("server", "owner")
    # The start is fixed: a placement before a base was registered convicts nobody.
    readonly_fields = ("registered_at", "changed_at", "sleeps_at", "picture", "what_happened")
    inlines = (PermissionInline, RevisionInline)
    fieldsets = (
        (None, {"fields": ("server", "owner", "clan", "name", "place", "alarms_discord")}),
        (gettext_lazy("Circle"), {"fields": ("x", "z", "radius_m", "picture")}),
        (
            gettext_lazy("Times"),
            {
                "fields": (
                    "registered_at",
                    "changed_at",
                    "removed_at",
                    "away_until",
                    "sleeps_at",
                    "what_happened",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        held = BasePermission.objects.filter(base=OuterRef("pk"), revoked_at=None).order_by()
        count = Subquery(held.values("base").annotate(count=Count("pk")).values("count"))
        bases: QuerySet[Any] = super().get_queryset(request).annotate(active_permissions=Coalesce(count, 0))
        return bases

    def save_model(self, request: HttpRequest, obj: Base, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        if words := unproven_owner(obj):
            messages.warning(request, words)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Note who granted each new permission."""
        for row in formset.save(commit=False):
            if row.pk is None:
                row.granted_by_id = request.user.pk
            row.save()

    @admin.display(description=gettext_lazy("map"))
    def picture(self, base: Base) -> str:
        return base_map.draw(base) or gettext("The map shows as soon as server and place are given.")

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def in_force(self, base: Base) -> bool:
        return base.removed_at is None or base.removed_at > timezone.now()

    @admin.display(description=gettext_lazy("permissions"))
    def permission_count(self, base: Any) -> str:
        count = str(base.active_permissions)
        return list_link(BasePermission, count, base__id__exact=base.pk) if base.active_permissions else count

    @admin.display(description=gettext_lazy("what happened there"))
    def what_happened(self, base: Base) -> str:
        if base._state.adding:
            return "-"
        lists = (
            (Placement, gettext("placements")),
            (Activity, gettext("activities")),
            (Infraction, gettext("infractions")),
        )
        return list_links(*lists, base__id__exact=base.pk)


@admin.register(BasePermission)
class BasePermissionAdmin(PlainAdmin):
    can_delete = False  # revoked_at ends a permission
    form = PermissionForm
    list_display = ("base_name", "user", "level", "granted_at", "revoked_at", "granted_by")
    list_filter = (
        RevokedFilter,
        "level",
        ("base__server", admin.RelatedOnlyFieldListFilter),
        ("base", ChosenOnlyFilter),
    )
    list_select_related = ("base", "user", "granted_by")
    base_name = text_column("base.name", gettext_lazy("base"), 40)
    search_fields = ("base__name", "user__username", "user__display_name", "user__discord_id__exact")
    autocomplete_fields = ("base", "user")
    readonly_fields = ("granted_by", "revoke_reason")

    def save_model(self, request: HttpRequest, obj: BasePermission, form: Any, change: bool) -> None:  # noqa: FBT001
        if not change:
            obj.granted_by_id = request.user.pk
        super().save_model(request, obj, form, change)
