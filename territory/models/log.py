"""Sources of game servers' placements, and how far each log was read."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from territory import sources
from territory.models import paths
from territory.models.host import HostRow
from territory.models.server import GameServer
from territory.sources.protocol import LogHost


@audited(watch=["server", "kind", "address", "is_active"])
class LogSource(HostRow):
    """A place on a game server's host whose logs are read as they grow, or the programs that send its events to the HTTP API.

    A server may have several places and one API source, which has no address and knows its senders by the hash of their
    token. `lag` is the age of the newest event when it was read: hosts publish a log every few minutes. A source that hung
    is not read until `not_before`. `lags` are the last requests of a sender whose newest event came late, as pairs of
    seconds since 1970: when that event occurred, and when the request arrived.
    """

    class Kind(models.TextChoices):
        FOLDER = "folder", _("a folder on this machine")
        FTP = "ftp", _("an FTP server")
        NITRADO = "nitrado", _("Nitrado's API")
        API = "api", _("the HTTP API")

    server = models.ForeignKey(
        GameServer, on_delete=models.CASCADE, related_name="log_sources", verbose_name=_("game server")
    )
    kind = models.CharField(
        _("kind"), max_length=16, choices=Kind, default=Kind.FOLDER, db_default=Kind.FOLDER.value
    )
    address = models.CharField(
        _("address"),
        max_length=1000,
        blank=True,
        help_text=_(
            "Where the .ADM files are that are followed as they grow: a folder on this machine, ftp://user@host:port/path, or "
            "Nitrado's number of the service. The HTTP API has none."
        ),
    )
    token_hash = models.CharField(
        _("token hash"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    last_event_at = models.DateTimeField(_("last event"), null=True, editable=False)
    lag = models.DurationField(_("lag"), null=True, editable=False)
    silent_for = models.DurationField(
        _("players without a placement for"),
        default=timedelta(0),
        db_default=timedelta(0),
        editable=False,
        help_text=_("Without the hours in which nobody was seen."),
    )
    not_before = models.DateTimeField(_("next look"), null=True, editable=False)
    lags = models.JSONField(_("lags"), default=list, db_default=[], editable=False)
    clock_shift_min = models.SmallIntegerField(
        _("clock wrong by (min)"), default=0, db_default=0, editable=False
    )

    class Meta:
        verbose_name = _("log source")
        verbose_name_plural = _("log sources")
        ordering = ["server", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="territory_logsource_once",
                fields=["server", "kind", "address"],
                violation_error_message=_("The game server has this log source already."),
            ),
            models.CheckConstraint(
                name="territory_logsource_has_address", condition=Q(kind="api") ^ ~Q(address="")
            ),
            models.UniqueConstraint(
                name="territory_logsource_one_per_token", fields=["token_hash"], condition=~Q(token_hash="")
            ),
        ]

    def __str__(self) -> str:
        return self.address or str(self.get_kind_display())

    def clean(self) -> None:
        """Refuse an address that may not be read; the API has none."""
        super().clean()
        if self.kind == self.Kind.API:
            self.address = ""
        if words := paths.source_trouble(self.kind, self.address):
            raise ValidationError({"address": words})

    def connect(self) -> LogHost:
        """Return the host of the logs, which lists and opens them; nothing is opened yet."""
        return sources.KINDS[self.kind](self.host_address)


class LogFile(models.Model):
    """A log of a source: where reading goes on, and what was read so far."""

    source = models.ForeignKey(
        LogSource, on_delete=models.CASCADE, related_name="log_files", verbose_name=_("log source")
    )
    name = models.CharField(_("file"), max_length=500)
    cursor = models.JSONField(_("cursor"), default=dict, help_text=_("Byte offset, first header and clock."))
    overlap = models.CharField(
        _("overlap"),
        max_length=32,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("A digest of the bytes before the cursor: the log was replaced if they change."),
    )
    size = models.BigIntegerField(
        _("size"), default=0, db_default=0, help_text=_("In bytes, when it was last looked at.")
    )
    lines = models.PositiveBigIntegerField(_("lines"), default=0, db_default=0)
    placements = models.PositiveBigIntegerField(_("placements"), default=0, db_default=0)
    odd_lines = models.PositiveBigIntegerField(
        _("lines that could not be read"),
        default=0,
        db_default=0,
        help_text=_("They ought to mean something."),
    )
    odd_shapes = models.JSONField(
        _("their shapes"),
        default=list,
        db_default=[],
        editable=False,
        help_text=_("The last few, without names, ids, places and numbers."),
    )
    last_event_at = models.DateTimeField(_("last event"), null=True)
    clock_shift_min = models.SmallIntegerField(
        _("clock wrong by (min)"),
        default=0,
        db_default=0,
        help_text=_("0: the log's last line fits the file's time."),
    )
    players_since = models.DateTimeField(_("first player seen"), null=True)
    players_until = models.DateTimeField(_("last player seen"), null=True)
    last_placement_at = models.DateTimeField(_("last placement"), null=True)
    last_read_at = models.DateTimeField(_("last read"), default=timezone.now, db_default=Now())
    last_error = models.TextField(_("last error"), blank=True, default="", db_default="")
    # Of PC servers, where a name alone proves nothing: whether it was one player's only.
    names = models.JSONField(
        _("names"),
        default=dict,
        db_default={},
        editable=False,
        help_text=_("The player ids seen under each gamertag, on PC servers."),
    )

    class Meta:
        verbose_name = _("log file")
        verbose_name_plural = _("log files")
        ordering = ["-last_read_at"]
        constraints = [models.UniqueConstraint(name="territory_logfile_once", fields=["source", "name"])]

    def __str__(self) -> str:
        return self.name
