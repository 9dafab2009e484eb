"""What was moved in from an old territory system: which of its rows is which of ours."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territory.models.server import GameServer


class ImportedRow(models.Model):
    """A row of an old system and the object it became, so that the same row is moved in once.

    The game server stands for the source: it had one old system. `table` names the kind, `key` the row in it.
    `digest` tells whether the row has changed since it was read; `kept` is what was stored because of it, so that a
    change by staff shows.
    """

    server = models.ForeignKey(
        GameServer, on_delete=models.CASCADE, related_name="+", verbose_name=_("game server"), db_index=False
    )
    table = models.CharField(_("table"), max_length=32)
    key = models.CharField(_("key"), max_length=100)
    object_id = models.BigIntegerField(_("number here"))
    digest = models.CharField(_("digest"), max_length=32)
    kept = models.JSONField(_("stored because of it"))
    imported_at = models.DateTimeField(_("imported at"), default=timezone.now, db_default=Now())

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="territory_importedrow_once", fields=["server", "table", "key"]),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"
