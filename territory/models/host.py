"""The common part of log sources and ban lists: each has an address on a game server's host."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.sealed import SealedTextField
from territory.reach import HostAddress


class HostRow(models.Model):
    """An address on a game server's host; the kind says what it means. The secret is never shown."""

    address: "models.CharField[str, str]"  # each model has its own labels
    secret = SealedTextField(_("secret"), blank=True, default="", db_default="", editable=False)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now(), editable=False)
    last_read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    last_error = models.TextField(_("last error"), blank=True, default="", db_default="", editable=False)
    refused_at = models.DateTimeField(
        _("refused since"), null=True, editable=False, help_text=_("The host refuses the secret since then.")
    )
    secret_ends_at = models.DateTimeField(_("secret ends at"), null=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.address

    @property
    def anchor(self) -> str:
        """The row's name on the set-up page, which its buttons send too."""
        return f"{self._meta.model_name}-{self.pk}"

    @property
    def host_address(self) -> HostAddress:
        """The address with what opens it."""
        return HostAddress(self.address, self.secret, settings.GAME_FILES_ROOTS, settings.NITRADO_API_URL)
