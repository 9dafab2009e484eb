"""A row that is not saved yet reads as it will be saved: a database default must not stand in for a value."""

from typing import Any

import pytest
from django.apps import apps
from django.db.models import Field, Model, Value
from django.db.models.expressions import DatabaseDefault

OURS = ["announcements", "clans", "face", "tanks", "territory", "wotcs"]
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]
WITH_DATABASE_DEFAULT = [
    pytest.param(model, field, id=f"{model.__name__}.{field.name}")
    for model in MODELS
    for field in model._meta.concrete_fields
    if field.has_db_default()
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_unsaved_row_holds_values_alone(model: type[Model]) -> None:
    row = model()
    stored = [field for field in model._meta.concrete_fields if not field.generated]
    held = {field.name: getattr(row, field.attname) for field in stored}
    assert not [name for name, value in held.items() if isinstance(value, DatabaseDefault)]


@pytest.mark.parametrize(("model", "field"), WITH_DATABASE_DEFAULT)
def test_both_defaults_of_a_field_agree(model: type[Model], field: "Field[Any, Any]") -> None:
    in_database = field.db_default
    if isinstance(in_database, Value):
        in_database = in_database.value
    if not hasattr(in_database, "resolve_expression"):
        # None where saving works it out.
        assert field.get_default() in (in_database, None)
