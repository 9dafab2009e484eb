"""Which rows are audited, and by which columns; django-pghistory's triggers keep an event of each change.

A new row's event holds the row; a changed or deleted one's holds what it was before. What it became stands in the row's next
event, or else in the row itself: so an event says "from what to what" although older ones are gone.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Func, Model
from pghistory.core import event_models
from pghistory.models import Event

Audited = TypeVar("Audited", bound=type[Model])


class AuditEvent(Event):
    """An event. All tables draw their numbers from one sequence: they say the order across kinds."""

    pgh_id = models.BigIntegerField(
        primary_key=True, default=None, db_default=Func(function="nextval", template="nextval('audit_event')")
    )

    class Meta:
        abstract = True


def audited(
    *,
    exclude: Iterable[str] = (),
    watch: Iterable[str] = (),
    named_by: Iterable[str] = (),
    new_if: Any = None,
    is_new_kept: bool = True,
    app_label: str | None = None,
) -> Callable[[Audited], Audited]:
    """Audit a model: all its columns but the excluded ones, or only those to `watch`.

    Columns of `named_by` are kept with the others for the row's name; their changes alone make no event. New rows are kept
    unless `is_new_kept` says otherwise, or only those that `new_if` fits.
    """

    def tracked(model: Audited) -> Audited:
        names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        fields = [
            name for name in names if name in {*watch, *named_by} or (not watch and name not in exclude)
        ]
        watched = [name for name in fields if name not in named_by]
        changed = pghistory.UpdateEvent(row=pghistory.Old, condition=pgtrigger.AnyChange(*watched))
        new = [pghistory.InsertEvent(condition=new_if)] if is_new_kept else []
        pghistory.track(
            *new,
            changed,
            pghistory.DeleteEvent(),
            fields=fields,
            model_name=f"{model.__name__}Event",
            app_label=app_label,
            base_model=AuditEvent,
            obj_field=pghistory.ObjForeignKey(related_name="+", related_query_name="+", db_index=False),
            context_field=pghistory.ContextJSONField(),
            context_id_field=None,  # type: ignore[arg-type] # as its documentation says
            attrs={"watched": tuple(watched)},
            meta={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["pgh_obj", "pgh_id"], name=f"audit_{model._meta.model_name}"[:30])
                ],
            },
        )(model)
        return model

    return tracked


@cache
def kinds() -> dict[str, Any]:
    """Return the tables of events by the label of the model that they are of."""
    models_of_events: list[Any] = event_models()
    return {model.pgh_tracked_model._meta.label: model for model in models_of_events}


def forget(model: type[Model], *pks: Any) -> int:
    """Delete the events of rows, for somebody who wants to be forgotten; return how many they were.

    Call it after the rows were deleted: that is an event, too.
    """
    deleted, _by_model = kinds()[model._meta.label].objects.filter(pgh_obj__in=pks).delete()
    return int(deleted)
