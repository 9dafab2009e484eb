"""Addresses of the syncs: the page, and what machines ask."""

from django.urls import path

from tanks import views

urlpatterns = [
    path("sync/", views.sync_page, name="sync-page"),
    path("sync/check", views.sync_check, name="sync-check"),
    path("sync/status", views.sync_status, name="sync-status"),
]
