"""Which row of an old system became which object of this site."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class MovedRow(models.Model):
    """A row of an old system and the object that it became, so that the same row moves in once.

    `source` is "server" and a game server's number, for each has one old territory system, or "wotcs". `said` is a digest
    of the row, `wrote` one of the columns that moving in wrote: an object that differs from it was changed since then. `marks`
    are digests of what newer copies seldom change in the row, such as the time of its making.
    """

    source = models.CharField(max_length=32)
    table = models.CharField(max_length=32)
    key = models.CharField(max_length=160)
    object_id = models.BigIntegerField()
    said = models.CharField(max_length=32)
    wrote = models.CharField(max_length=32, blank=True)
    marks = ArrayField(models.CharField(max_length=32), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="moving_movedrow_once", fields=["source", "table", "key"])
        ]
        indexes = [models.Index(fields=["table", "object_id"], name="moving_movedrow_object")]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"
