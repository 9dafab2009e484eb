"""Game servers, where their logs and ban lists are, their tokens, and whom they never punish."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.admin.decisions import Question, ask
from common.admin.filters import GivenFilter, values_in
from common.admin.parts import PlainAdmin, text_column
from common.admin.periods import PeriodForm
from territory.admin.filters import OccurringFilter, OccurringServerFilter, RevokedFilter
from territory.admin.hints import host_hint
from territory.admin.numbers import MetresField
from territory.models import BanList, GameServer, LogSource, StaffImmunity
from territory.rules.maps import MAPS, map_title
from territory.services.servers import create_token
from territory.services.versions import note_versions

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


class HostRowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A place on a game server's host. Its password or token can be entered, and is never shown."""

    new_secret = forms.CharField(
        label=gettext_lazy("New password or token"),
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "Of the FTP user, BattlEye's RCON, or Nitrado's long-life token. It is stored sealed and shown to nobody; left "
            "blank, it stays as it is, and is forgotten when the address changes."
        ),
    )

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Keep the secret for the address that it was entered for: no other host is told it."""
        if {"kind", "address"} & set(self.changed_data):
            self.instance.secret = ""
        if given := self.cleaned_data["new_secret"]:
            self.instance.secret = given
        return super().save(commit)


class HostInline(admin.TabularInline):  # type: ignore[type-arg]
    """Places on a server's host, on the server's page: one that is not used any more is switched off."""

    form = HostRowForm
    fields = ("kind", "address", "new_secret", "is_active", "state")
    readonly_fields = ("state",)
    can_delete = False
    max_num = 20

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Offer a first place, so that a server is set up on one page; the API is none."""
        places = self.model._default_manager.filter(server=obj).exclude(address="")
        return int(obj is None or not places.exists())

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Any) -> str:
        return host_hint(row)


class LogSourceInline(HostInline):
    model = LogSource


class BanListInline(HostInline):
    model = BanList


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
    readonly_fields = ("has_token",)
    inlines = (LogSourceInline, BanListInline)
    actions = ("create_token",)
    fieldsets = (
        (None, {"fields": ("slug", "name", "platform", "map", "map_size_m", "time_zone", "is_active")}),
        (gettext_lazy("Rule"), {"fields": ("mode", "border_margin_m", "maximum_age", "sleep_after_days")}),
        (gettext_lazy("Circuit breaker"), {"fields": ("breaker_bans", "breaker_window")}),
        (gettext_lazy("Log"), {"fields": ("has_token",)}),
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

    @admin.display(description=gettext_lazy("has a token"), boolean=True)
    def has_token(self, server: GameServer) -> bool:
        return getattr(server, "has_api_token", False)

    @admin.display(description=gettext_lazy("ban list"), boolean=True)
    def has_ban_list(self, server: Any) -> bool:
        return bool(server.has_ban_list)

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


def _remaining_bases(count: int) -> str:
    words = ngettext(
        "The map changed and %(count)d base stays in force where it was, also off the new map. Remove it if it "
        "does not hold there.",
        "The map changed and %(count)d bases stay in force where they were, also off the new map. Remove those that "
        "do not hold there.",
        count,
    )
    return words % {"count": count}


class HostRowAdmin(PlainAdmin):
    """Places on hosts of all servers; the server of one stays, and so does the row."""

    form = HostRowForm
    can_delete = False  # it is switched off: the logs read from it and the bans written to it stay
    list_filter = ("is_active", ("server", OccurringServerFilter), ("last_error", GivenFilter))
    list_select_related = ("server",)
    search_fields = ("address", "server__slug", "server__name")
    trouble = text_column("last_error", gettext_lazy("last error"), 80)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("server", *self.readonly_fields) if obj else self.readonly_fields

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Any) -> str:
        return host_hint(row)


@admin.register(LogSource)
class LogSourceAdmin(HostRowAdmin):
    readonly_fields = ("state", "last_read_at", "last_event_at", "lag", "clock_shift_min")
    list_display = (
        "address",
        "server",
        "kind",
        "is_active",
        "last_read_at",
        "last_event_at",
        "lag",
        "trouble",
    )


@admin.register(BanList)
class BanListAdmin(HostRowAdmin):
    readonly_fields = ("state", "last_read_at")
    list_display = ("address", "server", "kind", "is_active", "last_read_at", "trouble")


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
