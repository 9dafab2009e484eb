"""Bases, their permissions and their past."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext, gettext_lazy

from territory.admin.parts import PlainAdmin, RecordAdmin, RecordInline
from territory.models import Base, BasePermission, BaseRevision


class PermissionInline(admin.TabularInline):  # type: ignore[type-arg]
    model = BasePermission
    extra = 0
    can_delete = False  # revoked_at ends a permission; what was built under it stays explained
    autocomplete_fields = ("user",)
    readonly_fields = ("granted_by",)
    fields = ("user", "level", "granted_at", "revoked_at", "granted_by")


class RevisionInline(RecordInline):
    model = BaseRevision
    fields = ("valid_from", "valid_to", "x", "z", "radius_m", "owner", "clan")
    readonly_fields = fields


class BaseForm(forms.ModelForm):  # type: ignore[type-arg]
    """A base, checked against all others before the database refuses it."""

    class Meta:
        model = Base
        fields = ("server", "owner", "clan", "name", "place", "x", "z", "radius_m", "removed_at")

    def _post_clean(self) -> None:
        """Check the constraints that mention registered_at too: Django skips them, since it is no field here."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self.add_error(None, error)


class ActiveFilter(admin.SimpleListFilter):
    """Whether the base was removed."""

    title = gettext_lazy("removed")
    parameter_name = "removed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("yes", "no"):
            return queryset.filter(removed_at__isnull=self.value() == "no")
        return queryset


@admin.register(Base)
class BaseAdmin(PlainAdmin):
    form = BaseForm
    list_display = (
        "name",
        "server",
        "owner",
        "clan",
        "x",
        "z",
        "radius_m",
        "permission_count",
        "registered_at",
        "removed_at",
    )
    list_filter = (ActiveFilter, "server")
    list_select_related = ("server", "owner", "clan")
    search_fields = ("name", "place", "owner__username", "owner__display_name", "owner__discord_id")
    autocomplete_fields = ("server", "owner", "clan")
    # Not to be set back: what was built before a base was registered convicts nobody.
    readonly_fields = ("registered_at", "changed_at")
    inlines = (PermissionInline, RevisionInline)
    date_hierarchy = "registered_at"

    def changeform_view(  # type: ignore[override]
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Refuse in words what the database refuses because somebody else was quicker."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            if "territory_base_" not in str(error):
                raise
            messages.error(
                request, gettext("The circle overlaps a base saved a moment ago. Nothing was changed.")
            )
            return HttpResponseRedirect(request.get_full_path())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        active = Count("permissions", filter=Q(permissions__revoked_at__isnull=True))
        bases: QuerySet[Any] = super().get_queryset(request).annotate(active_permissions=active)
        return bases

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A base is closed by removed_at; acts inside it are still judged by what was true then."""
        return False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Note who granted each new permission."""
        for row in formset.save(commit=False):
            if row.pk is None:
                row.granted_by_id = request.user.pk
            row.save()

    @admin.display(description=gettext_lazy("permissions"))
    def permission_count(self, base: Any) -> int:
        return int(base.active_permissions)


@admin.register(BasePermission)
class BasePermissionAdmin(PlainAdmin):
    list_display = ("base", "user", "level", "granted_at", "revoked_at", "granted_by")
    list_filter = ("level", "base__server")
    list_select_related = ("base", "user", "granted_by")
    search_fields = ("base__name", "user__username", "user__display_name", "user__discord_id")
    autocomplete_fields = ("base", "user")
    readonly_fields = ("granted_by",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: BasePermission, form: Any, change: bool) -> None:  # noqa: FBT001
        if not change:
            obj.granted_by_id = request.user.pk
        super().save_model(request, obj, form, change)


@admin.register(BaseRevision)
class BaseRevisionAdmin(RecordAdmin):
    list_display = ("base", "server", "valid_from", "valid_to", "x", "z", "radius_m", "owner", "clan")
    list_filter = ("server",)
    list_select_related = ("base", "server", "owner", "clan")
    search_fields = ("base__name",)
    date_hierarchy = "valid_to"
