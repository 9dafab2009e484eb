"""Where Wargaming's API is reached: one realm of the game, or a stand-in for it."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clans.wargaming.errors import NotConfigured
from clans.wargaming.transport import checked_realm

# The real API's hosts. Whatever else stands in a realm's address is a stand-in, and the pages say so.
OFFICIAL = {"api.worldoftanks.eu": "eu", "api.worldoftanks.com": "na", "api.worldoftanks.asia": "asia"}


def validate_address(url: str) -> None:
    """Refuse what is no address of an API, in the reader's words."""
    try:
        checked_realm(url)
    except NotConfigured:
        raise ValidationError(
            _("The address of a realm is like https://api.worldoftanks.com, with nothing after it."),
            code="address",
        ) from None


class Realm(models.Model):
    """One realm. Accounts and clans have their numbers within it; vehicles have the same ones everywhere."""

    name = models.CharField(_("name"), max_length=40, unique=True, help_text=_("Short: eu, na, asia."))
    url = models.CharField(
        _("address of the API"), max_length=200, unique=True, validators=[validate_address]
    )
    # What the API said of its catalogue when all of it was last read; empty while it never was.
    catalogue_version = models.CharField(
        _("version of the catalogue"), max_length=100, blank=True, default="", db_default=""
    )
    catalogue_read_at = models.DateTimeField(_("catalogue read at"), null=True, blank=True)
    # After a catalogue that did not come whole: not to ask for all its pages again with every sync.
    catalogue_not_before = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("realm")
        verbose_name_plural = _("realms")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_official(self) -> bool:
        """Whether this is Wargaming's own API, and not a simulator."""
        return urlsplit(self.url).hostname in OFFICIAL
