"""Game servers, and whom they never punish."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.admin.filters import values_in
from common.admin.parts import PlainAdmin
from common.admin.periods import PeriodForm
from territory.admin.filters import OccurringFilter, OccurringServerFilter, RevokedFilter
from territory.fields import MetresField
from territory.models import BanList, GameServer, LogSource, StaffImmunity
from territory.pages.setup.forms import Offered, known_maps
from territory.rules.maps import MAPS, map_title
from territory.services.versions import note_versions


class GameServerForm(forms.ModelForm):  # type: ignore[type-arg] # takes no type argument at run time
    """A game server; the size of a known map is not asked for, and not taken over for another one."""

    class Meta:
        widgets: ClassVar = {"map": Offered(known_maps())}
        field_classes: ClassVar = dict.fromkeys(("map_size_m", "border_margin_m"), MetresField)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.map in MAPS:
            self.initial["map_size_m"] = None

    def clean_mode(self) -> str:
        """Refuse to have a server enforce that did not: a page of its own shows first what would have been banned."""
        mode: str = self.cleaned_data["mode"]
        if self.instance.pk and mode == GameServer.Mode.ENFORCE != self.initial.get("mode"):
            text = _("Look first at what the rule would have done, and switch there: {link}")
            # The address is of a page above this app.
            page = reverse("server-mode", args=[self.instance.slug])
            link = format_html('<a href="{}">{}</a>', page, _("from observing to enforcing"))
            raise forms.ValidationError(format_html(text, link=link))
        return mode


@admin.register(GameServer)
class GameServerAdmin(PlainAdmin):
    can_delete = False  # a server is made inactive: placements, bans and bases hang on it
    form = GameServerForm
    list_display = (
        "slug",
        "name",
        "platform",
        "map_title",
        "mode",
        "time_zone",
        "has_ban_list",
        "has_token",
        "is_active",
    )
    list_filter = ("is_active", ("mode", OccurringFilter), ("map", values_in(map_title)))
    search_fields = ("slug", "name")
    readonly_fields = ("hosts", "has_token")
    fieldsets = (
        (None, {"fields": ("slug", "name", "platform", "map", "map_size_m", "time_zone", "is_active")}),
        (gettext_lazy("Rule"), {"fields": ("mode", "border_margin_m", "maximum_age", "sleep_after_days")}),
        (gettext_lazy("Circuit breaker"), {"fields": ("breaker_bans", "breaker_window")}),
        (gettext_lazy("Host"), {"fields": ("hosts", "has_token")}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new server in observation: its first days show what the rule would do."""
        return super().get_changeform_initial_data(request) | {"mode": GameServer.Mode.OBSERVE}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lists = BanList.objects.filter(server=OuterRef("pk"), is_active=True)
        sources = LogSource.objects.filter(server=OuterRef("pk"), kind=LogSource.Kind.API).exclude(
            token_hash=""
        )
        exist = {"has_ban_list": Exists(lists), "has_api_token": Exists(sources)}
        servers: QuerySet[Any] = super().get_queryset(request).annotate(**exist)
        return servers

    @admin.display(description=gettext_lazy("map"), ordering="map")
    def map_title(self, server: GameServer) -> str:
        return server.map_title

    def save_model(self, request: HttpRequest, obj: GameServer, form: Any, change: Any) -> None:
        """Save, and warn that bases stay in force when the map changes."""
        super().save_model(request, obj, form, change)
        transaction.on_commit(note_versions)
        remaining = obj.bases.filter(removed_at=None).count() if "map" in form.changed_data else 0
        if remaining:
            messages.warning(request, _remaining_bases(remaining))

    @admin.display(description=gettext_lazy("log sources and ban lists"))
    def hosts(self, server: GameServer) -> str:
        """Link to the page on which they are set up."""
        if server._state.adding:
            return _("They are set up when the server is saved.")
        page = reverse("server-setup", args=[server.slug])
        return format_html('<a href="{}">{}</a>', page, _("Set up and test"))

    @admin.display(description=gettext_lazy("has a token"), boolean=True)
    def has_token(self, server: GameServer) -> bool:
        return getattr(server, "has_api_token", False)

    @admin.display(description=gettext_lazy("ban list"), boolean=True)
    def has_ban_list(self, server: Any) -> bool:
        return bool(server.has_ban_list)


def _remaining_bases(count: int) -> str:
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
    can_delete = False  # an immunity ends by revoked_at: verdicts rest on it
    form = ImmunityForm
    list_display = ("user", "server", "granted_at", "revoked_at", "note")
    list_filter = (RevokedFilter, ("server", OccurringServerFilter))
    list_select_related = ("user", "server")
    search_fields = ("user__username", "user__display_name", "user__discord_id__exact", "note")
    autocomplete_fields = ("user", "server")
