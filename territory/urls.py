"""Addresses of the territory's pages."""

from django.urls import path
from django.views.generic import RedirectView

from territory.views import (
    activity,
    atlas,
    bases,
    check,
    clans,
    permissions,
    places,
    setup,
    statistics,
    verdicts,
    wall,
    wall_feed,
)

urlpatterns = [
    path("wall", wall.wall, name="wall"),
    path("wall/", RedirectView.as_view(pattern_name="wall", permanent=True, query_string=True)),
    path("wall/feed/", wall_feed.wall_feed, name="wall-feed"),
    path("territory/", statistics.statistics, name="territory-statistics"),
    path("rules/", wall.rules, name="rules"),
    path("rules/<slug:slug>/<int:number>/", wall.rule_version, name="rule-version"),
    path("map/", atlas.atlas_page, name="map"),
    path("map/data", atlas.map_data, name="map-data"),
    path("bases/", bases.bases, name="bases"),
    path("bases/new/", bases.base_new, name="base-new"),
    path("bases/check/", check.check, name="can-build"),
    path("bases/<int:pk>/", bases.base, name="base"),
    path("bases/<int:pk>/remove/", bases.base_remove, name="base-remove"),
    path("bases/<int:pk>/activity/", activity.activity, name="base-activity"),
    path("bases/<int:pk>/permissions/", permissions.permissions, name="base-permissions"),
    path(
        "bases/<int:pk>/permissions/<int:permission_pk>/revoke/",
        permissions.permission_revoke,
        name="permission-revoke",
    ),
    path("bases/<int:pk>/invitations/", permissions.invitation_new, name="invitation-new"),
    path(
        "bases/<int:pk>/invitations/<int:invitation_pk>/take-back/",
        permissions.invitation_take_back,
        name="invitation-take-back",
    ),
    path("bases/invitations/<str:token>/", permissions.invitation, name="invitation"),
    path("clans/", clans.clans, name="dayz-clans"),
    path("clans/<int:pk>/", clans.clan, name="dayz-clan"),
    path("clans/<int:pk>/members/<int:stay_pk>/end/", clans.clan_end, name="clan-end"),
    path("clans/invitations/<int:pk>/answer/", clans.invitation_answer, name="clan-invitation-answer"),
    path("clans/invitations/<str:token>/", clans.invitation, name="clan-invitation"),
    path("servers/new/", setup.server_new, name="server-new"),
    path("servers/<slug:slug>/setup/", setup.server_setup, name="server-setup"),
    path("servers/<slug:slug>/setup/test/", setup.server_test, name="server-test"),
    path("servers/<slug:slug>/setup/token/", places.token_new, name="server-token"),
    path("servers/<slug:slug>/setup/<slug:what>/new/", places.place_new, name="place-new"),
    path("servers/<slug:slug>/setup/<slug:what>/<int:pk>/", places.place, name="place"),
    path("servers/<slug:slug>/setup/<slug:what>/<int:pk>/switch/", places.place_switch, name="place-switch"),
    path("staff/verdicts/", verdicts.verdicts, name="verdicts"),
    path("staff/verdicts/<int:pk>/", verdicts.verdict, name="verdict"),
]
