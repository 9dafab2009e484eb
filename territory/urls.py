"""Addresses of the territory's pages."""

from django.urls import path
from django.views.generic import RedirectView

from territory.views import statistics, verdicts, wall

urlpatterns = [
    path("wall", wall.wall, name="wall"),
    path("wall/", RedirectView.as_view(pattern_name="wall", permanent=True, query_string=True)),
    path("territory/", statistics.statistics, name="territory-statistics"),
    path("rules/", wall.rules, name="rules"),
    path("staff/verdicts/", verdicts.verdicts, name="verdicts"),
    path("staff/verdicts/<int:pk>/", verdicts.verdict, name="verdict"),
]
