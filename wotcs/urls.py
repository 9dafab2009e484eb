"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from clans.language import set_language
from territory.api import api
from territory.api_page import describe
from wotcs.operations.health import health, ready
from wotcs.operations.status import status

urlpatterns = [
    path("", include("face.urls")),
    path("", include("analytics.urls")),
    path("", include("territory.urls")),
    path("", include("tanks.urls")),
    path("", include("accounts.urls")),
    path("", include("justice.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("status/", status, name="status"),
    path("healthz", health, name="health"),
    path("readyz", ready, name="ready"),
    path("admin/", admin.site.urls),
    path("api/v1/docs", describe, name="api-description"),
    path("api/v1/", api.urls),
]
