"""What the tests of the audit share."""

from typing import Any

from django.db.models import Model
from django.utils.translation import override

from wotcs.audit import Story, stories
from wotcs.models import AuditEntry


def entries(row: Model | type[Model], **filters: Any) -> list[AuditEntry]:
    """The audit of a row, or of all rows of a model, oldest first."""
    if isinstance(row, Model):
        filters["object_id"] = row.pk
    return list(AuditEntry.objects.filter(kind=row._meta.label, **filters).order_by("pk"))


def story(row: Model | type[Model]) -> Story:
    """The newest entry's story, in English."""
    newest = entries(row)[-1]
    with override("en"):
        return stories([newest])[newest.pk]
