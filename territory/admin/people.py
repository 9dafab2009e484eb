"""A person's page with their identities, bases and permissions; only this app knows people and bases."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from clans.admin import PersonAdmin
from clans.models import User
from common.admin.parts import list_link
from territory.admin.identities import IdentityForm
from territory.models import Base, BasePermission, PlayerIdentity


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
    readonly_fields: ClassVar[Any] = (*PersonAdmin.readonly_fields, "holds")
    fieldsets: ClassVar[Any] = (
        *PersonAdmin.fieldsets,
        (gettext_lazy("On the game servers"), {"fields": ("holds",)}),
    )

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    @admin.display(description=gettext_lazy("holds"))
    def holds(self, person: User) -> str:
        bases = list_link(Base, gettext_lazy("bases"), owner__id__exact=person.pk)
        permissions = list_link(BasePermission, gettext_lazy("base permissions"), user__id__exact=person.pk)
        return format_html("{} · {}", bases, permissions)
