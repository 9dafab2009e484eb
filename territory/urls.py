"""Addresses of the territory's pages."""

from django.urls import path
from django.views.generic import RedirectView

from territory.pages.bases import activity_views, permission_views
from territory.pages.bases import views as bases
from territory.pages.can_build import views as can_build
from territory.pages.clans import views as clans
from territory.pages.map import views as maps
from territory.pages.rules import views as rules
from territory.pages.setup import place_views
from territory.pages.setup import views as setup
from territory.pages.statistics import views as statistics
from territory.pages.verdicts import views as verdicts
from territory.pages.wall import feed
from territory.pages.wall import views as wall

urlpatterns = [
    path("wall", wall.wall, name="wall"),
    path("wall/", RedirectView.as_view(pattern_name="wall", permanent=True, query_string=True)),
    path("wall/feed/", feed.wall_feed, name="wall-feed"),
    path("territory/", statistics.statistics, name="territory-statistics"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<slug:slug>/<int:number>/", rules.rule_version, name="rule-version"),
    path("map/", maps.atlas_page, name="map"),
    path("map/data", maps.map_data, name="map-data"),
    path("bases/", bases.bases, name="bases"),
    path("bases/new/", bases.base_new, name="base-new"),
    path("bases/check/", can_build.check, name="can-build"),
    path("bases/<int:pk>/", bases.base, name="base"),
    path("bases/<int:pk>/remove/", bases.base_remove, name="base-remove"),
    path("bases/<int:pk>/activity/", activity_views.activity, name="base-activity"),
    path("bases/<int:pk>/permissions/", permission_views.permissions, name="base-permissions"),
    path(
        "bases/<int:pk>/permissions/<int:permission_pk>/revoke/",
        permission_views.permission_revoke,
        name="permission-revoke",
    ),
    path("bases/<int:pk>/invitations/", permission_views.invitation_new, name="invitation-new"),
    path(
        "bases/<int:pk>/invitations/<int:invitation_pk>/take-back/",
        permission_views.invitation_take_back,
        name="invitation-take-back",
    ),
    path("bases/invitations/<str:token>/", permission_views.invitation, name="invitation"),
    path("clans/", clans.clans, name="dayz-clans"),
    path("clans/<int:pk>/", clans.clan, name="dayz-clan"),
    path("clans/<int:pk>/members/<int:stay_pk>/end/", clans.clan_end, name="clan-end"),
    path("clans/invitations/<int:pk>/answer/", clans.invitation_answer, name="clan-invitation-answer"),
    path("clans/invitations/<str:token>/", clans.invitation, name="clan-invitation"),
    path("servers/new/", setup.server_new, name="server-new"),
    path("servers/<slug:slug>/setup/", setup.server_setup, name="server-setup"),
    path("servers/<slug:slug>/setup/test/", setup.server_test, name="server-test"),
    path("servers/<slug:slug>/setup/token/", place_views.token_new, name="server-token"),
    path("servers/<slug:slug>/setup/<slug:what>/new/", place_views.place_new, name="place-new"),
    path("servers/<slug:slug>/setup/<slug:what>/<int:pk>/", place_views.place, name="place"),
    path(
        "servers/<slug:slug>/setup/<slug:what>/<int:pk>/switch/",
        place_views.place_switch,
        name="place-switch",
    ),
    path("staff/verdicts/", verdicts.verdicts, name="verdicts"),
    path("staff/verdicts/<int:pk>/", verdicts.verdict, name="verdict"),
]
