"""Addresses of cases, the queue and appeals."""

from django.urls import path

from justice.views import (
    appeal_decisions,
    appeals,
    bans,
    cases,
    conflicts,
    fairness,
    queue,
    rejudge,
    servers,
    undo,
)

urlpatterns = [
    path("review/", queue.review, name="review"),
    path("review/<slug:kind>/<int:pk>/", queue.item, name="review-item"),
    path("review/<slug:kind>/<int:pk>/look/", queue.look, name="review-look"),
    path("review/<slug:kind>/<int:pk>/skip/", queue.skip, name="review-skip"),
    path("review/<slug:kind>/<int:pk>/retry/", queue.retry, name="review-retry"),
    path("review/conflict/<int:pk>/<slug:answer>/", conflicts.settle, name="conflict-settle"),
    path("cases/new/", bans.ban, name="case-new"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/notes/", cases.note, name="case-note"),
    path("cases/<int:pk>/undo/", cases.undo, name="case-undo"),
    path("cases/<int:pk>/<slug:act>/", cases.decide, name="case-decide"),
    path("cases/<int:pk>/appeal/reply/", appeal_decisions.reply, name="appeal-reply"),
    path("cases/<int:pk>/appeal/grant/", appeal_decisions.appeal_grant, name="appeal-grant"),
    path("cases/<int:pk>/appeal/keep/", appeal_decisions.appeal_keep, name="appeal-keep"),
    path("appeals/<str:token>/", appeals.appeal, name="appeal"),
    path("appeals/thread/<str:token>/", appeals.appeal_thread, name="appeal-thread"),
    path("me/bans/", appeals.my_bans, name="my-bans"),
    path("me/bans/<int:pk>/", appeals.my_ban, name="my-ban"),
    path("fairness/", fairness.fairness, name="fairness"),
    path("servers/", servers.servers, name="servers"),
    path("servers/<slug:slug>/breaker/", servers.server_breaker, name="server-breaker"),
    path("servers/<slug:slug>/mode/", servers.server_mode, name="server-mode"),
    path("undo/", undo.undo_period, name="undo-period"),
    path("undo/<uuid:run>/", undo.undo_run, name="undo-run"),
    path("rejudge/", rejudge.rejudge_page, name="rejudge"),
]
