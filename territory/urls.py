"""Addresses of the territory's pages."""

from django.urls import path
from django.views.generic import RedirectView

from territory import views

urlpatterns = [
    path("wall", views.wall, name="wall"),
    path("wall/", RedirectView.as_view(pattern_name="wall", permanent=True, query_string=True)),
    path("rules/", views.rules, name="rules"),
    path("staff/verdicts/", views.verdicts, name="verdicts"),
    path("staff/verdicts/<int:pk>/", views.verdict, name="verdict"),
]
