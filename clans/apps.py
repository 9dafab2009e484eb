from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClansConfig(AppConfig):
    name = "clans"
    verbose_name = _("Clans and people")
