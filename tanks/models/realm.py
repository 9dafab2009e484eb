"""Where Wargaming's API is reached: one realm of the game, or a stand-in for it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from common.sealed import SealedTextField
from tanks.wargaming.errors import NotConfiguredError
from tanks.wargaming.transport import checked_realm

# The real API's hosts. Whatever else stands in a realm's address is a stand-in, and the pages say so.
OFFICIAL = {"api.worldoftanks.eu": "eu", "api.worldoftanks.com": "na", "api.worldoftanks.asia": "asia"}


_HOSTS_OF_OTHERS = frozenset({"worldoftanks.ru", "tanki.su", "lesta.ru"})


def is_official(url: str) -> bool:
    """Return whether an address is Wargaming's own API, reached so that nobody on the way can read along."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname in OFFICIAL and parts.port in (None, 443)


def advice_for(url: str) -> Promise | None:
    """Return what to write instead of an address that people take for Wargaming's; None for any other."""
    host = urlsplit(url).hostname or ""
    domain = ".".join(host.split(".")[-2:])
    if domain in _HOSTS_OF_OTHERS:
        return _(
            "The Russian realm belongs to Lesta, which has an API of its own that this site does not read. Wargaming's realms "
            "are https://api.worldoftanks.com (North America), https://api.worldoftanks.eu and https://api.worldoftanks.asia."
        )
    if domain == "worldoftanks.na":
        return _("There is no such host. North America's API is https://api.worldoftanks.com: write that.")
    if domain.startswith("worldoftanks.") and not is_official(url):
        return _(
            "Wargaming's API is https://api.worldoftanks.com (North America), https://api.worldoftanks.eu or "
            "https://api.worldoftanks.asia: write one of these, with https:// and api. in front."
        )
    return None


def validate_address(url: str) -> None:
    """Refuse what is no address of an API, in the reader's words."""
    try:
        checked_realm(url)
    except NotConfiguredError:
        raise ValidationError(
            _("The address of a realm is like https://api.worldoftanks.com, with nothing after it."),
            code="address",
        ) from None
    if advice := advice_for(url):
        raise ValidationError(str(advice), code="address")


@audited(watch=["name", "url"])
class Realm(models.Model):
    """One realm. Accounts and clans have their numbers within it; vehicles have the same ones everywhere."""

    name = models.CharField(_("name"), max_length=40, unique=True, help_text=_("Short: eu, na, asia."))
    url = models.CharField(
        _("address of the API"), max_length=200, unique=True, validators=[validate_address]
    )
    # For a realm in which WOT_APP_ID is not valid. Superusers enter it; no page shows it.
    application_id = SealedTextField(
        _("application id of its own"), blank=True, default="", db_default="", editable=False
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

    @property
    def asked_as(self) -> str:
        """The application id that requests to it carry; empty without any."""
        return self.application_id or str(settings.WOT_APP_ID)
