"""The admin's door, and its front page: first what staff do every day, then what sets a server up, then what the system writes."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Mapping
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

DAILY = _("Day to day")
SET_UP = _("Set-up")
RECORDS = _("What the system writes")

# By group, in the order in which they stand there; what is named nowhere stands at the end of the last one.
GROUPS: Mapping[Promise, tuple[str, ...]] = {
    DAILY: (
        "territory.Case",
        "territory.Infraction",
        "territory.Ban",
        "territory.Base",
        "territory.BasePermission",
        "territory.PlayerIdentity",
        "clans.User",
        "clans.AccountLink",
        "clans.Clan",
        "clans.ClanMembership",
        "tanks.Player",
    ),
    SET_UP: (
        "territory.GameServer",
        "territory.ItemRule",
        "territory.Offence",
        "territory.StaffImmunity",
        "tanks.Realm",
        "announcements.Channel",
        "face.Community",
        "auth.Group",
    ),
    RECORDS: (
        "territory.Placement",
        "territory.Activity",
        "territory.PlaceQuestion",
        "territory.BanDelivery",
        "territory.LogFile",
        "announcements.Announcement",
        "tanks.RosterEvent",
        "tanks.SyncRun",
        "tanks.Vehicle",
        "wotcs.AuditEntry",
    ),
}


class StaffSite(AdminSite):
    site_header = site_title = "WOTCS"
    index_title = _("Admin")
    enable_nav_sidebar = False

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        """Lead through the one door of the site, and from there to the page of the admin that was asked for."""
        target = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
            target = reverse("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(target)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(target)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Lead to the account's own page, where wrong passwords are counted."""
        return redirect("account_change_password")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the groups with the models that the reader may see; of one app all its models, as Django does."""
        apps: list[Any] = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        rows = {row["model"]._meta.label: row for app in apps for row in app["models"]}
        named = [[rows.pop(label) for label in labels if label in rows] for labels in GROUPS.values()]
        named[-1].extend(rows.values())
        return [
            {"name": name, "app_label": "", "models": models}
            for name, models in zip(GROUPS, named, strict=True)
            if models
        ]
