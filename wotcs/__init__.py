"""The project package: settings, urls, Celery, health. The apps never import it."""

from wotcs.celery import app as celery_app

__all__ = ["celery_app"]
