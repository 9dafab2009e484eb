"""Addresses of the statistics' pages."""

from django.urls import path

from analytics import views

urlpatterns = [path("", views.home, name="home"), path("tanks/", views.tanks, name="tanks")]
