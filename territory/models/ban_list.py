"""Ban lists of game servers."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from territory import hosts
from territory.models import paths
from territory.models.host import HostRow
from territory.models.server import GameServer, Platform


@audited(watch=["server", "kind", "address", "is_active"])
class BanList(HostRow):
    """A list on a game server's host to which every active ban of the server is delivered.

    An inactive list gets no new bans, and lifted bans are still taken off it. A list with deliveries keeps its address: they
    say what it holds.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("a ban.txt on this machine")
        FTP = "ftp", _("a ban.txt on an FTP server")
        NITRADO = "nitrado", _("the ban list of Nitrado's settings")
        BATTLEYE = "battleye", _("BattlEye's list, by RCON")

    server = models.ForeignKey(
        GameServer, on_delete=models.PROTECT, related_name="ban_lists", verbose_name=_("game server")
    )
    kind = models.CharField(
        _("kind"), max_length=16, choices=Kind, default=Kind.FILE, db_default=Kind.FILE.value
    )
    address = models.CharField(
        _("address"),
        max_length=1000,
        help_text=_(
            "The ban.txt to edit, as a path on this machine or as ftp://user@host:port/path; for Nitrado the number of the "
            "service; for BattlEye battleye://host:port. Lines that this system did not write are never touched."
        ),
    )

    size = models.PositiveIntegerField(
        _("size"), null=True, editable=False, help_text=_("In bytes, when it was last read or written.")
    )
    foreign = models.JSONField(
        _("foreign lines"),
        default=list,
        db_default=[],
        editable=False,
        help_text=_(
            "Digests of some lines of others, as of the last reading: a list without most of them was reset."
        ),
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
        """Refuse a file that is not a ban list, and a new address for a list with deliveries."""
        super().clean()
        address_trouble = paths.list_trouble(self.kind, self.address)
        if words := address_trouble or self._platform_trouble() or self._move_trouble():
            raise ValidationError({"address": words})

    def _platform_trouble(self) -> str:
        server = getattr(self, "server", None)  # a form may lack it
        if self.kind != self.Kind.BATTLEYE or server is None or server.platform == Platform.PC:
            return ""
        return gettext(
            "Only PC servers have BattlEye. If this is one, choose PC as the game server's platform."
        )

    def _move_trouble(self) -> str:
        stored = BanList.objects.filter(pk=self.pk, deliveries__isnull=False)
        if not stored.exclude(kind=self.kind, address=self.address).exists():
            return ""
        return gettext(
            "Bans were delivered to this list. Switch it off and add another list: it gets the bans in force, and a lifted ban "
            "is taken off both."
        )

    @property
    def max_bytes(self) -> int:
        """The most bytes that the host takes."""
        return hosts.CAPABILITIES[self.kind].max_bytes

    def connect(self) -> hosts.BanListHost:
        """Return the host of the list, which reads and edits it; nothing is opened yet."""
        return hosts.KINDS[self.kind](self.host_address)
