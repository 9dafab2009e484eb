"""How far each log of a game server has been read."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territory.models.server import GameServer


class LogFile(models.Model):
    """A log that is followed: where reading goes on, and what was found in it so far."""

    server = models.ForeignKey(
        GameServer, on_delete=models.CASCADE, related_name="log_files", verbose_name=_("game server")
    )
    name = models.CharField(_("file"), max_length=500)
    cursor = models.JSONField(_("cursor"), default=dict, help_text=_("Byte offset, first header and clock."))
    size = models.BigIntegerField(
        _("size"), default=0, db_default=0, help_text=_("In bytes, when it was last looked at.")
    )
    lines = models.PositiveBigIntegerField(_("lines"), default=0, db_default=0)
    placements = models.PositiveBigIntegerField(_("placements"), default=0, db_default=0)
    last_event_at = models.DateTimeField(_("last event"), null=True)
    last_read_at = models.DateTimeField(_("last read"), default=timezone.now, db_default=Now())
    last_error = models.TextField(_("last error"), blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("log file")
        verbose_name_plural = _("log files")
        ordering = ["-last_read_at"]
        constraints = [models.UniqueConstraint(name="territory_logfile_once", fields=["server", "name"])]

    def __str__(self) -> str:
        return self.name
