"""The lists by which a game server keeps banned players out."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from territory import hosts
from territory.hosts.protocol import BanListHost
from territory.models import paths
from territory.models.host import HostRow
from territory.models.server import GameServer


class BanList(HostRow):
    """A list on a game server's host to which every active ban of the server is delivered.

    One that is switched off gets nothing new, and who is pardoned is still taken off it. A list that got a ban keeps its
    address: deliveries tell what stands there.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("a ban.txt on this machine")

    server = models.ForeignKey(
        GameServer, on_delete=models.PROTECT, related_name="ban_lists", verbose_name=_("game server")
    )
    kind = models.CharField(
        _("kind"), max_length=16, choices=Kind, default=Kind.FILE, db_default=Kind.FILE.value
    )
    address = models.CharField(
        _("ban list's path"),
        max_length=1000,
        help_text=_("The ban.txt to edit. Lines that this system did not write are never touched."),
    )

    class Meta:
        verbose_name = _("ban list")
        verbose_name_plural = _("ban lists")
        ordering = ["server", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="territory_banlist_once",
                fields=["server", "kind", "address"],
                violation_error_message=_("The game server has this ban list already."),
            ),
            models.CheckConstraint(name="territory_banlist_has_address", condition=~Q(address="")),
        ]

    def clean(self) -> None:
        """Refuse a file that is no ban list, and another address for a list that got bans."""
        super().clean()
        if words := paths.address_trouble(self.kind, self.address) or self._move_trouble():
            raise ValidationError({"address": words})

    def _move_trouble(self) -> str:
        stored = BanList.objects.filter(pk=self.pk, deliveries__isnull=False)
        if not stored.exclude(kind=self.kind, address=self.address).exists():
            return ""
        return gettext(
            "Bans were delivered to this list. Switch it off and add the other one: bans in force are written there, and "
            "whoever is pardoned leaves both."
        )

    def connect(self) -> BanListHost:
        """Return what reads and edits the list; nothing is opened yet."""
        return hosts.KINDS[self.kind](self.host_address)
