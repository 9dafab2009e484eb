"""Addresses of the site's face."""

from django.urls import path

from face import views

urlpatterns = [
    path("logo", views.logo, name="logo"),
    path("privacy/", views.privacy, name="privacy"),
    path("dev/components", views.components, name="components"),
]
