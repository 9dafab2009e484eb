"""The audit as one list: a view over the events of all audited models (common/audit.py)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """An event of a row: who changed it, when and by which cause. `kind` is the label of the row's model.

    `cause` is what common.causes said; nothing where plain SQL changed the row.
    """

    class Act(models.TextChoices):
        INSERT = "insert", _("added")
        UPDATE = "update", _("changed")
        DELETE = "delete", _("deleted")

    id = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("kind"), max_length=100)
    act = models.CharField(_("act"), max_length=16, choices=Act)
    object_id = models.BigIntegerField(_("row's number"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("person who did it"),
    )
    cause = models.JSONField(_("cause"), null=True)

    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"
