"""Players of the game and the people they are."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.admin import PersonAdmin
from clans.models import User
from territory.admin.parts import PlainAdmin, RecordAdmin, RecordInline, do_for_each
from territory.models import GamertagUse, IdentityConflict, PlayerIdentity


class IdentityForm(forms.ModelForm):  # type: ignore[type-arg]
    """An identity, of which only what was changed on the page is saved.

    Judging may learn the player id while the page is open. Each field goes with the value it was shown with, so that
    one nobody touched keeps what the database holds by now.
    """

    class Meta:
        model = PlayerIdentity
        fields = ("gamertag", "user", "player_id", "xuid", "platform")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk is None:
            return given
        kept = {name for name in self._meta.fields or () if name in given} - set(self.changed_data)
        return given | {name: getattr(self.instance, name) for name in kept}

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        if not commit or self.instance.pk is None:
            return super().save(commit)
        self.instance.save(update_fields=self.changed_data)
        return self.instance


class GamertagInline(RecordInline):
    model = GamertagUse
    fields = ("gamertag", "first_seen_at", "last_seen_at")
    readonly_fields = fields


class ConflictInline(RecordInline):
    model = IdentityConflict
    fields = ("gamertag", "player_id", "first_seen_at", "last_seen_at", "resolved_at", "resolved_by")
    readonly_fields = fields


@admin.register(PlayerIdentity)
class PlayerIdentityAdmin(PlainAdmin):
    form = IdentityForm
    list_display = ("gamertag", "user", "player_id", "xuid", "platform", "created_at")
    list_filter = (
        "platform",
        ("user", admin.EmptyFieldListFilter),
        ("player_id", admin.EmptyFieldListFilter),
    )
    list_select_related = ("user",)
    search_fields = (
        "gamertag",
        "player_id",
        "xuid",
        "gamertags__gamertag",
        "user__username",
        "user__display_name",
        "user__discord_id",
    )
    autocomplete_fields = ("user",)
    inlines = (GamertagInline, ConflictInline)

    def save_model(self, request: HttpRequest, obj: PlayerIdentity, form: Any, change: bool) -> None:  # noqa: FBT001
        """Leave the columns alone that the page did not change."""
        obj.save(update_fields=form.changed_data if change else None)


@admin.register(GamertagUse)
class GamertagUseAdmin(RecordAdmin):
    list_display = ("gamertag", "identity", "first_seen_at", "last_seen_at")
    list_select_related = ("identity",)
    search_fields = ("gamertag", "identity__gamertag")
    date_hierarchy = "last_seen_at"


@admin.register(IdentityConflict)
class IdentityConflictAdmin(RecordAdmin):
    list_display = (
        "gamertag",
        "player_id",
        "identity",
        "first_seen_at",
        "last_seen_at",
        "resolved_at",
        "resolved_by",
    )
    list_filter = (("resolved_at", admin.EmptyFieldListFilter),)
    list_select_related = ("identity", "resolved_by")
    search_fields = ("gamertag", "player_id", "identity__gamertag")
    actions = ("resolve",)

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Tell whether this member of staff may decide conflicts, which nobody may edit."""
        return bool(request.user.has_perm("territory.change_identityconflict"))

    @admin.action(
        description=gettext_lazy("Resolve: these are two different players"), permissions=["resolve"]
    )
    def resolve(self, request: HttpRequest, queryset: QuerySet[IdentityConflict]) -> None:
        def close(conflict: IdentityConflict) -> None:
            conflict.resolved_at = timezone.now()
            conflict.resolved_by_id = request.user.pk
            conflict.save(update_fields=["resolved_at", "resolved_by"])

        do_for_each(self, request, queryset.filter(resolved_at=None), close, log=_("Resolved."))


class IdentityInline(admin.TabularInline):  # type: ignore[type-arg]
    model = PlayerIdentity
    form = IdentityForm
    fields = ("gamertag", "player_id", "xuid", "platform")
    extra = 0
    can_delete = False
    show_change_link = True


# A person's page shows who they are in the game; only this floor knows both.
admin.site.unregister(User)


@admin.register(User)
class PlayerAdmin(PersonAdmin):
    inlines = (IdentityInline,)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()
