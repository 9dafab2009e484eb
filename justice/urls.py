"""Addresses of cases, the queue and appeals."""

from django.urls import path

from justice.views import rejudge, servers, undo

urlpatterns = [
    path("servers/", servers.servers, name="servers"),
    path("servers/<slug:slug>/breaker/", servers.server_breaker, name="server-breaker"),
    path("servers/<slug:slug>/mode/", servers.server_mode, name="server-mode"),
    path("undo/", undo.undo_period, name="undo-period"),
    path("undo/<uuid:run>/", undo.undo_run, name="undo-run"),
    path("rejudge/", rejudge.rejudge_page, name="rejudge"),
]
