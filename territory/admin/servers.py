"""Game servers, their tokens, and whom they never punish."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.admin.asking import Question, ask
from common.admin.parts import PlainAdmin
from common.admin.periods import PeriodForm
from territory.admin.filters import OccurringFilter, OccurringServerFilter, RevokedFilter
from territory.admin.hints import ban_list_hint, folder_hint
from territory.models import GameServer, StaffImmunity
from territory.rules.maps import MAPS
from territory.services.servers import create_token

_TOKEN = Question(
    gettext_lazy("Create a token"),
    gettext_lazy(
        "Whoever sends placements for this server proves it with the token. A token it has already stops working at "
        "once. The new one is shown a single time."
    ),
    gettext_lazy("Create a token"),
    form=None,
)


class MapInput(forms.TextInput):
    """A text field that offers the known maps and takes any other name."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        field = super().render(name, value, {**(attrs or {}), "list": "known-maps"}, renderer)
        offered = ((key, f"{known.title} · {known.side_m:.0f} m") for key, known in MAPS.items())
        options = format_html_join("", '<option value="{}">{}</option>', offered)
        return format_html('{}<datalist id="known-maps">{}</datalist>', field, options)


class GameServerForm(forms.ModelForm):  # type: ignore[type-arg] # takes no type argument at run time
    """A game server; the size of a known map is not asked for, and not taken over for another one."""

    class Meta:
        widgets: ClassVar = {"map": MapInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.map in MAPS:
            self.initial["map_size_m"] = None


@admin.register(GameServer)
class GameServerAdmin(PlainAdmin):
    form = GameServerForm
    list_display = (
        "slug",
        "name",
        "platform",
        "map_title",
        "mode",
        "time_zone",
        "ban_list",
        "has_token",
        "is_active",
    )
    list_filter = ("is_active", ("mode", OccurringFilter), ("map", admin.AllValuesFieldListFilter))
    search_fields = ("slug", "name")
    readonly_fields = ("has_token", "folder_state", "ban_list_state")
    actions = ("create_token",)
    fieldsets = (
        (None, {"fields": ("slug", "name", "platform", "map", "map_size_m", "time_zone", "is_active")}),
        (gettext_lazy("Rule"), {"fields": ("mode", "border_margin_m", "maximum_age")}),
        (gettext_lazy("Log"), {"fields": ("log_folder", "folder_state", "has_token")}),
        (gettext_lazy("Bans"), {"fields": ("ban_list", "ban_list_path", "ban_list_state")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A server is made inactive: placements, bans and bases hang on it."""
        return False

    @admin.display(description=gettext_lazy("map"), ordering="map")
    def map_title(self, server: GameServer) -> str:
        return server.map_title

    def save_model(self, request: HttpRequest, obj: GameServer, form: Any, change: Any) -> None:
        """Save, and say what becomes of the bases when the map is another one."""
        super().save_model(request, obj, form, change)
        kept = obj.bases.filter(removed_at=None).count() if "map" in form.changed_data else 0
        if kept:
            messages.warning(request, _kept_bases(kept))

    @admin.display(description=gettext_lazy("has a token"), boolean=True)
    def has_token(self, server: GameServer) -> bool:
        return bool(server.token_hash)

    @admin.display(description=gettext_lazy("state of the folder"))
    def folder_state(self, server: GameServer) -> str:
        return "-" if server._state.adding else folder_hint(server)

    @admin.display(description=gettext_lazy("state of the ban list"))
    def ban_list_state(self, server: GameServer) -> str:
        return "-" if server._state.adding else ban_list_hint(server)

    @admin.action(description=gettext_lazy("Create a token"), permissions=["change"])
    def create_token(self, request: HttpRequest, queryset: QuerySet[GameServer]) -> HttpResponse | None:
        servers = list(queryset[:2])
        if len(servers) != 1:
            messages.error(request, _("Choose one game server."))
            return None
        answer = ask(self, request, queryset, _TOKEN)
        if not isinstance(answer, dict):
            return answer
        with transaction.atomic():
            token = create_token(servers[0])
            self.log_change(request, servers[0], _("A new token was created."))
        text = _("The token of {server}. Copy it now, it is never shown again: {token}")
        code = format_html("<code>{}</code>", token)
        messages.warning(request, format_html(text, server=servers[0], token=code))
        return None


def _kept_bases(count: int) -> str:
    words = ngettext(
        "The map changed and %(count)d base stays in force where it was, also off the new map. Remove it if it "
        "does not hold there.",
        "The map changed and %(count)d bases stay in force where they were, also off the new map. Remove those that "
        "do not hold there.",
        count,
    )
    return words % {"count": count}


class ImmunityForm(PeriodForm):
    """An immunity: whose it is, on which server and since when stays as it was granted."""

    starts, ends, fixed = "granted_at", "revoked_at", ("server", "user", "granted_at")


@admin.register(StaffImmunity)
class StaffImmunityAdmin(PlainAdmin):
    form = ImmunityForm
    list_display = ("user", "server", "granted_at", "revoked_at", "note")
    list_filter = (RevokedFilter, ("server", OccurringServerFilter))
    list_select_related = ("user", "server")
    search_fields = ("user__username", "user__display_name", "user__discord_id__exact", "note")
    autocomplete_fields = ("user", "server")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An immunity ends by revoked_at: verdicts rest on it."""
        return False
