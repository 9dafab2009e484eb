"""Addresses of justice's pages, for whoever links them."""

from django.urls import reverse


def case_url(pk: int) -> str:
    """Return the address of a case's page."""
    return reverse("case", args=[pk])


def item_url(kind: str, pk: int) -> str:
    """Return the address of something that waits in the queue."""
    return reverse("review-item", args=[kind, pk])
