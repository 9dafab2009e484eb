"""Addresses of justice's pages, for whoever links them."""

from django.urls import reverse


def case_url(pk: int) -> str:
    """Return the address of a case's page."""
    return reverse("case", args=[pk])
