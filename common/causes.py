"""Why rows change: whoever begins something says it here, and the database's triggers keep it with each change.

django-pghistory's own `context` writes the cause in front of each statement, which executemany, statements without parameters
that hold a percent sign, and server-side parameters do not bear. Here a statement of its own says it, in the transaction of
the change: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from psycopg.pq import TransactionStatus

SETTING = "pghistory.context_metadata"  # what the triggers of django-pghistory read
_SAY = f"SELECT set_config('{SETTING}', %s, true)"
_WRITES = re.compile(r"\s*(with\b.*\b)?(insert|update|delete|merge)\b", re.IGNORECASE | re.DOTALL)
# A value may be a function: a page's reader is known only once somebody asks.
Words = dict[str, Any]
_words: ContextVar[Words | None] = ContextVar("cause", default=None)


@contextmanager
def cause(**words: Any) -> Iterator[None]:
    """Give what is written meanwhile this cause; one within another adds to it."""
    outer = _words.get()
    token = _words.set({**(outer or {}), **words})
    try:
        with nullcontext() if outer is not None else _said():
            yield
    finally:
        _words.reset(token)


@contextmanager
def _said() -> Iterator[None]:
    """Say the present cause to the database; a transaction that goes on afterwards goes on without it."""
    try:
        with connection.execute_wrapper(_say_before_writing):
            yield
    finally:
        if connection.in_atomic_block and _status(connection) == TransactionStatus.INTRANS:
            _say(connection, "")


def add_to_cause(**words: Any) -> None:
    """Add to the present cause what was not known when it began; without a cause do nothing."""
    if (present := _words.get()) is not None:
        present.update(words)


def _say_before_writing(
    execute: Callable[..., Any],
    sql: Any,
    params: Any,
    many: bool,  # noqa: FBT001 - Django's signature
    context: dict[str, Any],
) -> Any:
    """Execute a statement; one that writes, after the cause was said in the same transaction."""
    is_broken = (
        _status(context["connection"]) == TransactionStatus.INERROR
    )  # it then fails with its own error
    if (isinstance(sql, str) and not _WRITES.match(sql)) or is_broken:
        return execute(sql, params, many, context)
    words = {name: value() if callable(value) else value for name, value in (_words.get() or {}).items()}
    text = json.dumps({name: value for name, value in words.items() if value not in (None, "")})
    with nullcontext() if context["connection"].in_atomic_block else transaction.atomic():
        _say(context["connection"], text)
        return execute(sql, params, many, context)


def _say(wrapper: Any, text: str) -> None:
    """Say a cause by the driver's own cursor: not to Django's wrappers, and not within a statement for many rows."""
    with wrapper.wrap_database_errors, wrapper.connection.cursor() as cursor:
        cursor.execute(_SAY, [text])


def _status(wrapper: Any) -> TransactionStatus | None:
    return wrapper.connection.info.transaction_status if wrapper.connection else None
