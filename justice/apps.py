"""The justice app: cases, the queue of staff, appeals, and undo."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JusticeConfig(AppConfig):
    name = "justice"
    verbose_name = _("Justice")
