"""A clan's page, with where it is synced from and how that goes; only this app knows both."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.admin import ClanAdmin
from clans.admin.clans import ClanForm
from clans.models import Clan, User
from common.admin.filters import GivenFilter
from common.admin.parts import list_links, moment
from common.outbox import wake_on_commit
from tanks.models import Player, RosterEvent, Section, SyncedClan, SyncRun, SyncStatus, SyncTrouble
from tanks.models.clan import NEEDS_BOTH
from tanks.services.realms import stop_syncing, sync_from
from tanks.services.sync import request_sync
from tanks.tasks import sync_clan

_SOURCE = ("realm", "wargaming_id")
_STATE = ("last_synced", "due", "trouble", "full_pass_at", "disbanded_at", "more")


def _synced(clan: Clan) -> SyncedClan | None:
    """Return the row beside a clan; None for one that is not synced."""
    return getattr(clan, "synced", None)


def _synced_column(name: str, title: Any, *, ordering: str = "") -> Callable[[Any, Clan], str]:
    """Return a column of the list that shows a value of the row beside a clan."""

    @admin.display(description=title, ordering=ordering or f"synced__{name}")
    def shown(_admin: Any, clan: Clan) -> str:
        value = getattr(_synced(clan), name, None)
        return moment(value) if isinstance(value, datetime | None) else str(value)

    return shown


class SyncedClanForm(ClanForm):
    """A clan; with a realm and a number in the game it is synced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (synced := _synced(self.instance)) is not None:
            self.initial.update(realm=synced.realm_id, wargaming_id=synced.wargaming_id)

    def clean(self) -> None:
        """Check realm and number as the row beside the clan will hold them, and name the clan's origin by them."""
        if self.errors:
            return
        realm, number = (self.cleaned_data[name] for name in _SOURCE)
        if (realm is None) != (number is None):
            raise ValidationError(NEEDS_BOTH)
        self.instance.origin = ""
        if realm is not None:
            row = _synced(self.instance) or SyncedClan(pk=self.instance.pk)
            row.realm, row.wargaming_id, row.tag = realm, number, self.cleaned_data["tag"]
            row.validate_constraints(exclude={"name"})
            self.instance.origin = row.origin_now()


# A clan's page shows where it is synced from; only this app knows both.
admin.site.unregister(Clan)


@admin.register(Clan)
class SyncedClanAdmin(ClanAdmin):
    list_display = ("name", "tag", *_SOURCE, "last_synced", "due", "trouble", "created_at")
    list_filter = (("synced__realm", admin.RelatedOnlyFieldListFilter), ("origin", GivenFilter))
    list_select_related = ("synced__realm",)
    search_fields = (*ClanAdmin.search_fields, "synced__wargaming_id")
    readonly_fields = _STATE
    fieldsets = (*ClanAdmin.fieldsets, (gettext_lazy("In the game"), {"fields": (*_SOURCE, *_STATE)}))
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

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Add the columns of the row beside the clan to its form."""
        columns = {name: SyncedClan._meta.get_field(name) for name in _SOURCE}
        fields = {
            name: self.formfield_for_dbfield(cast("Any", column), request, required=False)
            for name, column in columns.items()
        }
        form = type("ClanForm", (SyncedClanForm,), fields)
        return super().get_form(request, *args, form=form, **kwargs)

    def save_model(self, request: HttpRequest, obj: Clan, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        if not {*_SOURCE} & {*form.changed_data}:
            return
        realm, number = (form.cleaned_data[name] for name in _SOURCE)
        if realm is None:
            stop_syncing(obj)
        else:
            sync_from(obj, realm, number)

    realm = _synced_column("realm", gettext_lazy("realm"), ordering="synced__realm__name")
    wargaming_id = _synced_column("wargaming_id", gettext_lazy("number in the game"))
    due = _synced_column("sync_due_at", gettext_lazy("next sync"))
    full_pass_at = _synced_column("full_pass_at", gettext_lazy("last pass over all vehicles"))
    disbanded_at = _synced_column("disbanded_at", gettext_lazy("disbanded at"))

    @admin.display(description=gettext_lazy("last synced"), ordering="roster_read_at")
    def last_synced(self, clan: Any) -> str:
        return moment(getattr(clan, "roster_read_at", None))

    @admin.display(description=gettext_lazy("trouble"))
    def trouble(self, clan: Any) -> str:
        newest = getattr(clan, "newest_trouble", "")
        return str(SyncTrouble(newest).label) if newest in SyncTrouble.values else newest or "-"

    @admin.display(description=gettext_lazy("more"))
    def more(self, clan: Any) -> str:
        if clan.pk is None:
            return "-"
        return list_links(
            (Player, gettext_lazy("players")),
            (RosterEvent, gettext_lazy("roster events")),
            (SyncRun, gettext_lazy("syncs")),
            (SyncStatus, gettext_lazy("freshness")),
            clan__id__exact=clan.pk,
        )

    @admin.action(description=gettext_lazy("Sync now"), permissions=["change"])
    def sync_now(self, request: HttpRequest, queryset: QuerySet[Clan]) -> None:
        for clan in queryset:
            self._ask_for_sync(request, clan, is_full=False)

    @admin.action(description=gettext_lazy("Sync with all vehicles"), permissions=["change"])
    def sync_all_vehicles(self, request: HttpRequest, queryset: QuerySet[Clan]) -> None:
        for clan in queryset:
            self._ask_for_sync(request, clan, is_full=True)

    def _ask_for_sync(self, request: HttpRequest, clan: Clan, *, is_full: bool) -> None:
        values, synced = {"clan": clan}, _synced(clan)
        if synced is None:
            messages.error(request, _("%(clan)s has no number in the game: it cannot be synced.") % values)
            return
        by = cast("User", request.user)
        run = request_sync(synced, trigger=SyncRun.Trigger.PAGE, by=by, is_full=is_full)
        wake_on_commit(sync_clan, clan.pk)
        if run.state == SyncRun.State.RUNNING and is_full and not run.is_full:
            text = _("%(clan)s is being synced, without all vehicles. Ask again when that has ended.")
            messages.warning(request, text % values)
        elif run.state == SyncRun.State.RUNNING:
            messages.info(request, _("%(clan)s is being synced already.") % values)
        else:
            self.log_change(request, clan, _("A sync was asked for."))
            messages.success(request, _("A sync of %(clan)s was asked for.") % values)
