"""Addresses of the territory's pages."""

from django.urls import path
from django.views.generic import RedirectView

from territory.views import atlas, check, verdicts, wall

urlpatterns = [
    path("wall", wall.wall, name="wall"),
    path("wall/", RedirectView.as_view(pattern_name="wall", permanent=True, query_string=True)),
    path("rules/", wall.rules, name="rules"),
    path("map/", atlas.atlas_page, name="map"),
    path("map/data", atlas.map_data, name="map-data"),
    path("bases/check/", check.check, name="can-build"),
    path("staff/verdicts/", verdicts.verdicts, name="verdicts"),
    path("staff/verdicts/<int:pk>/", verdicts.verdict, name="verdict"),
]
