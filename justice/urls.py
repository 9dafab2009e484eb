"""Addresses of cases, the queue and appeals."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
