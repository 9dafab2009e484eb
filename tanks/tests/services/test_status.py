import pytest

from tanks.models import Section, SyncStatus, SyncTrouble
from tanks.services.status import record, stops_all, trouble_of
from tanks.tests.factories import rows
from tanks.tests.factories.answers import LATER, NOW, SOON
from tanks.wargaming.errors import (
    ApiRefusedError,
    BadAnswerError,
    CircuitOpenError,
    NoAnswerError,
    NotConfiguredError,
    RateLimitedError,
    SourceUnavailableError,
    WargamingError,
)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (SourceUnavailableError("x"), SyncTrouble.UNAVAILABLE),
        (NoAnswerError("x"), SyncTrouble.UNAVAILABLE),
        (CircuitOpenError("x", 5.0), SyncTrouble.SUSPENDED),
        (RateLimitedError("x"), SyncTrouble.RATE_LIMITED),
        (NotConfiguredError("x"), SyncTrouble.NOT_CONFIGURED),
        (BadAnswerError("x"), SyncTrouble.UNREADABLE),
        (ApiRefusedError(405, "METHOD_DISABLED"), SyncTrouble.REFUSED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_error_has_its_trouble(error: WargamingError, trouble: SyncTrouble) -> None:
    assert trouble_of(error) == trouble
    assert stops_all(error) is (trouble in {SyncTrouble.SUSPENDED, SyncTrouble.NOT_CONFIGURED})


@pytest.mark.django_db
def test_success_is_noted_ends_a_trouble_and_changes_only_with_rows() -> None:
    clan = rows.clan(sync_due_at=LATER)
    record(clan, Section.TANKS, at=NOW, rows=3, trouble=SyncTrouble.UNAVAILABLE, error="x")
    record(clan, Section.TANKS, at=SOON, rows=0)
    status = SyncStatus.objects.get()
    assert (status.last_success_at, status.last_change_at, status.next_due_at) == (SOON, NOW, LATER)
    assert (status.trouble, status.last_error_at, status.last_error) == ("", NOW, "x"), (
        "the last error stays to be read"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", [trouble for trouble in SyncTrouble if trouble])
def test_trouble_is_noted_and_keeps_what_went_well_before(trouble: SyncTrouble) -> None:
    clan = rows.clan()
    record(clan, Section.MEMBERS, at=NOW, rows=1)
    record(clan, Section.MEMBERS, at=SOON, rows=0, trouble=trouble, error="é" * 5000)

    status = SyncStatus.objects.get()
    was_answered = trouble in {SyncTrouble.HELD_BACK, SyncTrouble.DISBANDED}
    assert (status.trouble, status.last_error_at, len(status.last_error)) == (trouble, SOON, 1000)
    assert status.last_success_at == (SOON if was_answered else NOW)
    assert status.last_change_at == NOW
