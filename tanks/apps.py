from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TanksConfig(AppConfig):
    name = "tanks"
    verbose_name = _("World of Tanks")
