"""Addresses of justice's pages, for whoever links them."""

from django.urls import NoReverseMatch, reverse


def case_url(pk: int) -> str:
    """Return the address of a case's page."""
    try:
        return reverse("case", args=[pk])
    except NoReverseMatch:
        return f"/cases/{pk}/"
