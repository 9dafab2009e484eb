"""Realms, clans and who belongs to them."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.validators import RegexValidator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.admin.parts import ClanFilter
from clans.models import (
    Clan,
    ClanMembership,
    Player,
    Realm,
    RosterEvent,
    Section,
    SyncRun,
    SyncStatus,
    Trouble,
    User,
)
from clans.models.realm import validate_address
from clans.services.realms import forget_tokens
from clans.services.sync import request_sync
from clans.tasks import sync_clan
from clans.wargaming import checked_realm
from common.admin.parts import PlainAdmin, list_link, moment
from common.admin.periods import OnePersonFormSet, PeriodForm
from common.admin.requests import CarefulFields
from common.outbox import wake_on_commit


class RealmForm(forms.ModelForm):  # type: ignore[type-arg]
    """A realm, its address in the one spelling that the settings are compared with."""

    class Meta:
        model = Realm
        fields = ("name", "url")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        validate_address(url)  # the model's own validators come later
        return checked_realm(url)


class SecretRealmForm(RealmForm):
    """A realm with its application id, for superusers: it can be entered and forgotten, and is never shown."""

    new_application_id = forms.CharField(
        label=gettext_lazy("New application id"),
        required=False,
        max_length=100,
        validators=[RegexValidator(r"^[!-~]+$", gettext_lazy("An application id has no blanks or accents."))],
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "For a realm in which WOT_APP_ID is not valid. It is kept sealed and shown to nobody; left blank, it stays as it is."
        ),
    )
    forget_application_id = forms.BooleanField(
        label=gettext_lazy("Forget the application id"),
        required=False,
        help_text=gettext_lazy("From then on WOT_APP_ID is used."),
    )

    def save(self, commit: bool = True) -> Realm:  # noqa: FBT001, FBT002 - Django's signature
        """Keep the application id for the address that it was entered for."""
        if self.cleaned_data["forget_application_id"] or "url" in self.changed_data:
            self.instance.application_id = ""
        if given := self.cleaned_data["new_application_id"]:
            self.instance.application_id = given
        realm: Realm = super().save(commit)
        return realm


_SECRET = ("new_application_id", "forget_application_id")


@admin.register(Realm)
class RealmAdmin(PlainAdmin):
    list_display = ("name", "url", "official", "has_own_id", "catalogue_version", "catalogue_read_at")
    search_fields = ("name", "url")
    readonly_fields = ("official", "has_own_id", "catalogue_version", "catalogue_read_at")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().get_form(request, *args, form=_form_for(request), **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["name", "url", *(_SECRET if request.user.is_superuser else ()), *self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave the address to superusers, once there is one: the application id and members' tokens go there."""
        is_fixed = obj is not None and not request.user.is_superuser
        return (*self.readonly_fields, *(["url"] if is_fixed else []))

    def save_model(self, request: HttpRequest, obj: Realm, form: Any, change: bool) -> None:  # noqa: FBT001
        """Forget the tokens that players gave to an address before anything is sent to another one."""
        super().save_model(request, obj, form, change)
        if change and "url" in form.changed_data:
            text = _(
                "The address was changed. Forgotten with the old one: its application id, and access tokens: %(number)d."
            )
            messages.warning(request, text % {"number": forget_tokens(obj)})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Clans and players have their numbers within their realm."""
        return super().has_delete_permission(request, obj) and not (obj and _is_used(obj))

    @admin.display(description=gettext_lazy("Wargaming's own"), boolean=True)
    def official(self, realm: Realm) -> bool:
        return realm.is_official

    @admin.display(description=gettext_lazy("application id of its own"), boolean=True)
    def has_own_id(self, realm: Realm) -> bool:
        return bool(realm.application_id)


def _form_for(request: HttpRequest) -> type[RealmForm]:
    return SecretRealmForm if request.user.is_superuser else RealmForm


def _is_used(realm: Realm) -> bool:
    return Clan.objects.filter(realm=realm).exists() or Player.objects.filter(realm=realm).exists()


class ClanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A clan; with a realm and a number in the game it is synced."""

    class Meta:
        model = Clan
        fields = ("name", "tag", "realm", "wargaming_id")


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


class MembershipFormSet(OnePersonFormSet):
    ends = "left_at"


class MembershipInline(CarefulFields, admin.TabularInline):  # type: ignore[type-arg]
    model = ClanMembership
    form = MembershipForm
    formset = MembershipFormSet
    extra = 0
    can_delete = False  # left_at ends a stay; what was built during it stays explained
    autocomplete_fields = ("user",)
    readonly_fields = ("follows_game",)


@admin.register(Clan)
class ClanAdmin(PlainAdmin):
    form = ClanForm
    list_display = ("name", "tag", "realm", "wargaming_id", "last_synced", "due", "trouble", "created_at")
    list_filter = (("realm", admin.RelatedOnlyFieldListFilter), ("wargaming_id", admin.EmptyFieldListFilter))
    list_select_related = ("realm",)
    search_fields = ("name", "tag", "wargaming_id")
    readonly_fields = ("last_synced", "due", "trouble", "full_pass_at", "disbanded_at", "more")
    fieldsets = (
        (None, {"fields": ("name", "tag")}),
        (
            gettext_lazy("In the game"),
            {"fields": ("realm", "wargaming_id", *readonly_fields)},
        ),
    )
    inlines = (MembershipInline,)
    actions = ("sync_now", "sync_all_vehicles")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        roster = SyncStatus.objects.filter(clan=OuterRef("pk"), section=Section.MEMBERS)
        newest = SyncRun.objects.filter(clan=OuterRef("pk"), ended_at__isnull=False).order_by("-pk")
        clans: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = clans.annotate(
            roster_read_at=Subquery(roster.values("last_success_at")),
            newest_trouble=Subquery(newest.values("trouble")[:1]),
        )
        return annotated

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Bases and their past name their clan."""
        return False

    def save_model(self, request: HttpRequest, obj: Clan, form: Any, change: bool) -> None:  # noqa: FBT001
        """Leave the columns alone that a sync may be writing at this moment."""
        obj.save(update_fields=form.changed_data if change else None)

    @admin.display(description=gettext_lazy("last synced"), ordering="roster_read_at")
    def last_synced(self, clan: Any) -> str:
        return moment(getattr(clan, "roster_read_at", None))

    @admin.display(description=gettext_lazy("next sync"), ordering="sync_due_at")
    def due(self, clan: Clan) -> str:
        return moment(clan.sync_due_at if clan.wargaming_id and clan.pk else None)

    @admin.display(description=gettext_lazy("trouble"))
    def trouble(self, clan: Any) -> str:
        newest = getattr(clan, "newest_trouble", "")
        return str(Trouble(newest).label) if newest in Trouble.values else newest or "-"

    @admin.display(description=gettext_lazy("more"))
    def more(self, clan: Any) -> str:
        if clan.pk is None:
            return "-"
        links = [
            list_link(Player, gettext_lazy("players"), clan__id__exact=clan.pk),
            list_link(RosterEvent, gettext_lazy("roster events"), clan__id__exact=clan.pk),
            list_link(SyncRun, gettext_lazy("syncs"), clan__id__exact=clan.pk),
            list_link(SyncStatus, gettext_lazy("freshness"), clan__id__exact=clan.pk),
        ]
        return format_html_join(" · ", "{}", ((link,) for link in links))

    @admin.action(description=gettext_lazy("Sync now"), permissions=["change"])
    def sync_now(self, request: HttpRequest, queryset: QuerySet[Clan]) -> None:
        for clan in queryset:
            self._ask_for_sync(request, clan, is_full=False)

    @admin.action(description=gettext_lazy("Sync with all vehicles"), permissions=["change"])
    def sync_all_vehicles(self, request: HttpRequest, queryset: QuerySet[Clan]) -> None:
        for clan in queryset:
            self._ask_for_sync(request, clan, is_full=True)

    def _ask_for_sync(self, request: HttpRequest, clan: Clan, *, is_full: bool) -> None:
        values = {"clan": clan}
        if clan.wargaming_id is None:
            messages.error(request, _("%(clan)s has no number in the game: it cannot be synced.") % values)
            return
        by = cast("User", request.user)
        run = request_sync(clan, trigger=SyncRun.Trigger.PAGE, by=by, is_full=is_full)
        wake_on_commit(sync_clan, clan.pk)
        if run.state == SyncRun.State.RUNNING and is_full and not run.is_full:
            text = _("%(clan)s is being synced, without all vehicles. Ask again when that has ended.")
            messages.warning(request, text % values)
        elif run.state == SyncRun.State.RUNNING:
            messages.info(request, _("%(clan)s is being synced already.") % values)
        else:
            self.log_change(request, clan, _("A sync was asked for."))
            messages.success(request, _("A sync of %(clan)s was asked for.") % values)


@admin.register(ClanMembership)
class ClanMembershipAdmin(PlainAdmin):
    form = MembershipForm
    list_display = ("user", "clan", "role", "joined_at", "left_at", "follows_game")
    list_filter = ("role", ("clan", ClanFilter), ("left_at", admin.EmptyFieldListFilter), "follows_game")
    list_select_related = ("user", "clan")
    search_fields = ("user__username", "user__display_name", "user__discord_id", "clan__name", "clan__tag")
    autocomplete_fields = ("user",)
    readonly_fields = ("follows_game",)
    date_hierarchy = "joined_at"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A stay is ended by left_at; verdicts rest on it."""
        return False
