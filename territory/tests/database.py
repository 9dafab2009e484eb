"""The database as others write to it: plain SQL, and several writers at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import IntegrityError, connection, transaction

Result = TypeVar("Result")


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


def at_once(*works: Callable[[], Result]) -> list[Result]:
    """Run functions in threads that begin together, each with its own connection; return their results in order."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        start.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
