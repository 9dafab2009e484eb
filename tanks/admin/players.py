"""Players and the people they are, and what happened to them in their clans."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.admin.parts import ClanFilter, clans_to_choose
from clans.models import AccountLink, User
from common.admin.filters import GivenFilter, OccurringValuesFilter, figure, values_in
from common.admin.parts import ChosenOnlyFilter, PlainAdmin, RecordAdmin, list_link, page_link
from tanks.models import Player, RosterEvent
from tanks.services.links import link_player, locked_player
from tanks.wargaming.methods import STATISTICS
from tanks.wording import event_in_words, role_in_words

_PEOPLE = ("user__username", "user__display_name", "user__discord_id")


class PlayersClanFilter(admin.RelatedFieldListFilter):
    """The clans that have players; to ask a large table which occur in it would read all of it."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        return clans_to_choose(Player.objects.filter(clan__isnull=False).values("clan"))


class LinkForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whose account a player is: the one thing about a player that staff know better than the game."""

    class Meta:
        model = Player
        fields = ("user",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:  # whoever may only look has no fields
            self.fields["user"].show_hidden_initial = True

    def clean_user(self) -> User | None:
        """Refuse to undo unseen what somebody else has linked since the page was opened."""
        chosen: User | None = self.cleaned_data["user"]
        shown = self.data.get(self.add_initial_prefix("user"))
        now = locked_player(self.instance.pk).user
        if shown is not None and shown != _key(now) and chosen != now:
            whose = _("nobody") if now is None else str(now)
            raise forms.ValidationError(
                _(
                    "Somebody else has changed this a moment ago: the player is %(whose)s now. Open the page again."
                )
                % {"whose": whose}
            )
        return chosen


def _key(user: User | None) -> str:
    return "" if user is None else str(user.pk)


@admin.register(Player)
class PlayerAdmin(PlainAdmin):
    form = LinkForm
    list_display = (
        *("name", "account_id", "realm", "clan", "game_role", "user"),
        figure(Player, "battles"),
        "win_share",
        figure(Player, "global_rating"),
        "last_battle_at",
        "has_token",
    )
    list_display_links = ("name",)
    list_filter = (
        ("clan", PlayersClanFilter),
        ("realm", admin.RelatedOnlyFieldListFilter),
        ("role", values_in(role_in_words)),
        ("user", GivenFilter),
        ("hidden_since", GivenFilter),
    )
    list_select_related = ("realm", "clan", "user")
    search_fields = ("nickname", *_PEOPLE)
    search_help_text = gettext_lazy(
        "A part of a nickname or of a person's name, an account id or a Discord id."
    )
    autocomplete_fields = ("user",)
    fieldsets = (
        (None, {"fields": ("nickname", "account_id", "realm", "user", "more")}),
        (gettext_lazy("Clan"), {"fields": ("clan", "game_role", "joined_clan_at")}),
        (gettext_lazy("Figures"), {"fields": ("global_rating", "last_battle_at", "win_share", *STATISTICS)}),
        (
            gettext_lazy("What was read"),
            {
                "fields": (
                    *("account_created_at", "first_seen", "hidden_since", "refused_since"),
                    *("garage_read_at", "garage_missing", "has_token"),
                    *("token_expires_at", "private_read_at"),
                )
            },
        ),
    )
    readonly_fields = tuple(name for name in flatten_fieldsets(fieldsets) if name != "user")
    number_column = "account_id"
    # Nothing is forgotten because the API is silent, and nothing by hand: the next sync would bring it back.
    can_add = can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the tokens in the database: no page needs more than whether there is one."""
        players: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = players.defer("access_token").annotate(has_access=~Q(access_token=""))
        return annotated

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> Any:
        """Name the person in the history: who was linked is what one looks for there."""
        if "user" not in form.changed_data:
            return super().construct_change_message(request, form, formsets, add)
        user = form.cleaned_data["user"]
        if user is None:
            return _("The link to a person was removed.")
        return _("Linked to %(person)s (%(username)s).") % {"person": user, "username": user.username}

    def save_model(self, request: HttpRequest, obj: Player, form: Any, change: bool) -> None:  # noqa: FBT001
        """Link through the service, so that memberships follow; nothing else can be saved."""
        if "user" in form.changed_data:
            link_player(
                locked_player(obj.pk),
                form.cleaned_data["user"],
                at=timezone.now(),
                proof=AccountLink.Proof.STAFF,
                by=cast("User", request.user),
            )

    @admin.display(description=gettext_lazy("nickname"), ordering="nickname")
    def name(self, player: Player) -> str:
        return str(player)

    @admin.display(description=gettext_lazy("role in the game"), ordering="role")
    def game_role(self, player: Player) -> str:
        return role_in_words(player.role) or "-"

    @admin.display(description=gettext_lazy("win %"))
    def win_share(self, player: Player) -> str:
        wins, battles = player.wins or 0, player.battles
        return f"{number_format(100 * wins / battles, 2)} %" if battles else "-"

    @admin.display(description=gettext_lazy("gave access"), boolean=True)
    def has_token(self, player: Any) -> bool:
        return bool(player.has_access)

    @admin.display(description=gettext_lazy("more"))
    def more(self, player: Player) -> str:
        events = list_link(RosterEvent, _("roster events"), player__id__exact=player.pk)
        if player.clan_id is None:
            return events
        address = reverse("tanks", query={"clan": player.clan_id, "player": player.pk})
        return format_html('<a href="{}">{}</a> · {}', address, _("vehicles"), events)


@admin.register(RosterEvent)
class RosterEventAdmin(RecordAdmin):
    list_display = ("occurred_at", "clan", "of_player", "kind", "what", "noticed_at")
    list_filter = (("player", ChosenOnlyFilter), ("clan", ClanFilter), ("kind", OccurringValuesFilter))
    list_select_related = ("player", "clan")
    search_fields = ("player__nickname",)
    number_column = "player__account_id"
    ordering = ("-occurred_at", "-pk")
    sortable_by = ()
    date_hierarchy = "occurred_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        events: QuerySet[Any] = super().get_queryset(request).defer("player__access_token")
        return events

    @admin.display(description=gettext_lazy("player"))
    def of_player(self, event: RosterEvent) -> str:
        return page_link(event.player)

    @admin.display(description=gettext_lazy("what happened"))
    def what(self, event: RosterEvent) -> str:
        return event_in_words(event)
