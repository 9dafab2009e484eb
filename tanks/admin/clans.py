"""A clan's page, with where it is synced from; only this app knows both."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.admin import ClanAdmin
from clans.admin.clans import ClanForm
from clans.models import Clan
from common.admin.filters import GivenFilter
from common.admin.parts import list_links
from tanks.models import Player, RosterEvent, SyncedClan, SyncRun
from tanks.models.clan import NEEDS_BOTH
from tanks.services.realms import stop_syncing, sync_from

_SOURCE = ("realm", "wargaming_id")


def _synced(clan: Clan) -> SyncedClan | None:
    """Return the row beside a clan; None for one that is not synced."""
    return getattr(clan, "synced", None)


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
    list_display = ("name", "tag", *_SOURCE, "created_at")
    list_filter = (("synced__realm", admin.RelatedOnlyFieldListFilter), ("origin", GivenFilter))
    list_select_related = ("synced__realm",)
    search_fields = (*ClanAdmin.search_fields, "synced__wargaming_id")
    readonly_fields = ("more",)
    fieldsets = (*ClanAdmin.fieldsets, (gettext_lazy("In the game"), {"fields": (*_SOURCE, "more")}))

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

    @admin.display(description=gettext_lazy("realm"), ordering="synced__realm__name")
    def realm(self, clan: Clan) -> str:
        synced = _synced(clan)
        return str(synced.realm) if synced else "-"

    @admin.display(description=gettext_lazy("number in the game"), ordering="synced__wargaming_id")
    def wargaming_id(self, clan: Clan) -> str:
        synced = _synced(clan)
        return str(synced.wargaming_id) if synced else "-"

    @admin.display(description=gettext_lazy("more"))
    def more(self, clan: Any) -> str:
        """Link to the page of the clan's syncs, on which they are asked for, and to its rows."""
        if clan.pk is None:
            return "-"
        lists = list_links(
            (Player, gettext_lazy("players")),
            (RosterEvent, gettext_lazy("roster events")),
            (SyncRun, gettext_lazy("syncs")),
            clan__id__exact=clan.pk,
        )
        if _synced(clan) is None:
            return lists
        address = reverse("sync-page", query={"clan": clan.pk})
        return format_html('<a href="{}">{}</a> · {}', address, _("how its readings go"), lists)
