"""The database as somebody writes to it who does not come by the application."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection, transaction


def refused(write: Callable[[], object], constraint: str) -> bool:
    """Tell whether the database refuses a write for the sake of this constraint, and of no other."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        found = error.__cause__.diag.constraint_name  # type: ignore[union-attr]
        assert found == constraint
        return True
    return False


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
