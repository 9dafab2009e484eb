"""Seals every secret of the database anew with SECRET_KEY, so that a former key can be taken away."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import JSONField, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from common.sealed import SealedTextField, reseal

BATCH = 500
_SEALED = "gAAAAA"  # a sealed text begins so
Outcome = tuple[Any, bool]  # a value sealed anew, and whether a part of it is lost


class Command(BaseCommand):
    """`reseal`: as often as you like."""

    help = "Seal all secrets anew with SECRET_KEY. After it no former key in SECRET_KEY_FALLBACKS is needed for them."

    def handle(self, **_options: Any) -> None:
        for model, name, resealed in _columns():
            counts = _reseal_column(model, name, resealed)
            words = _("%(column)s: %(anew)d sealed anew, %(before)d were so before, %(lost)d no key opens")
            self.stdout.write(words % {"column": f"{model._meta.label}.{name}", **counts})


def _columns() -> Iterator[tuple[Any, str, Callable[[Any], Outcome]]]:
    """Yield each column with secrets: our own, and the second factors of django-allauth, which are sealed within JSON."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedTextField):
                yield model, field.name, _text
    yield Authenticator, "data", _json


def _text(sealed: str) -> Outcome:
    anew = reseal(sealed)
    return (sealed, True) if anew is None else (anew, False)


def _json(value: Any) -> Outcome:
    """Seal anew whatever is sealed within a value of JSON."""
    if isinstance(value, str) and value.startswith(_SEALED):
        return _text(value)
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        outcomes = {key: _json(part) for key, part in parts}
        anew = {key: part for key, (part, _lost) in outcomes.items()}
        any_lost = any(lost for _part, lost in outcomes.values())
        return (anew if isinstance(value, dict) else list(anew.values())), any_lost
    return value, False


def _reseal_column(model: Any, name: str, resealed: Callable[[Any], Outcome]) -> dict[str, int]:
    """Seal a column anew, batch by batch, and count its rows. A row that somebody writes meanwhile is sealed by that."""
    counts, last = Counter(anew=0, before=0, lost=0), 0
    # As it is stored: the field itself would open it.
    stored = JSONField() if resealed is _json else TextField()
    rows = model._base_manager.annotate(stored=Cast(name, stored)).exclude(stored="").order_by("pk")
    while batch := list(rows.filter(pk__gt=last).values_list("pk", "stored")[:BATCH]):
        with transaction.atomic():
            for last, value in batch:
                anew, is_lost = resealed(value)
                if anew != value:
                    rows.filter(pk=last, stored=value).update(**{name: Value(anew, stored)})
                counts["lost" if is_lost else "before" if anew == value else "anew"] += 1
    return counts
