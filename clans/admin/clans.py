"""Clans and who belongs to them."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from clans.admin.parts import ClanFilter
from clans.models import Clan, ClanMembership
from common.admin.filters import GivenFilter
from common.admin.parts import PlainAdmin
from common.admin.periods import PeriodForm


class ClanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A clan; where staff name it, the name is given once."""

    class Meta:
        model = Clan
        fields = ("name", "tag")

    def _get_validation_exclusions(self) -> set[str]:
        """Check the constraint on names, which depends on where the name comes from."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"origin"}


class MembershipForm(PeriodForm):
    """A stay in a clan; one that follows the game is changed by linking or unlinking the player."""

    starts, ends, fixed = "joined_at", "left_at", ("clan", "user", "joined_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.follows_game:
            for field in self.fields.values():
                field.disabled = True
                field.help_text = gettext_lazy(
                    "It follows the game: unlink the player from the person to end it."
                )


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ClanMembership
    form = MembershipForm
    extra = 0
    can_delete = False  # left_at ends a stay; what was built during it stays explained
    autocomplete_fields = ("user",)
    readonly_fields = ("follows_game",)


@admin.register(Clan)
class ClanAdmin(PlainAdmin):
    can_delete = False  # bases and their past name their clan
    form: Any = ClanForm
    list_display: Any = ("name", "tag", "created_at")
    search_fields: ClassVar[Any] = ("name", "tag")
    fieldsets: ClassVar[Any] = ((None, {"fields": ("name", "tag")}),)
    inlines: ClassVar[Any] = (MembershipInline,)

    def save_model(self, request: HttpRequest, obj: Clan, form: Any, change: bool) -> None:  # noqa: FBT001
        """Leave the columns alone that a sync may be writing at this moment."""
        changed = {"name", "tag"} & set(form.changed_data)
        obj.save(update_fields={*changed, "origin"} if change else None)


@admin.register(ClanMembership)
class ClanMembershipAdmin(PlainAdmin):
    can_delete = False  # a stay is ended by left_at; verdicts rest on it
    form = MembershipForm
    list_display = ("user", "clan", "role", "joined_at", "left_at", "follows_game")
    list_filter = ("role", ("clan", ClanFilter), ("left_at", GivenFilter), "follows_game")
    list_select_related = ("user", "clan")
    search_fields = ("user__username", "user__display_name", "user__discord_id", "clan__name", "clan__tag")
    autocomplete_fields = ("user",)
    readonly_fields = ("follows_game",)
    date_hierarchy = "joined_at"
