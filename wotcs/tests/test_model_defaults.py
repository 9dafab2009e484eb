"""A row that is not saved yet reads as it will be saved: a database default must not stand in for a value."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Field, Model, Value
from django.db.models.expressions import DatabaseDefault
from django.test import Client
from django.urls import reverse

from clans.models import User

OURS = ["announcements", "clans", "tanks", "territory"]
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


@pytest.mark.django_db
def test_game_server_to_be_added_has_no_token_yet(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:territory_gameserver_add")).content.decode()
    assert "icon-no" in page
    assert "icon-yes" not in page
    assert not User(username="x").has_usable_password()


@pytest.mark.django_db
@pytest.mark.parametrize("model", [model for model in admin.site._registry if model in MODELS])
def test_form_for_a_new_row_shows_no_expression(admin_client: Client, model: type[Model]) -> None:
    answer = admin_client.get(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_add"))
    assert answer.status_code in {200, 403}
    assert "DatabaseDefault" not in answer.content.decode()
