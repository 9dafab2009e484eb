"""Bodies that are too large are refused unread, whatever page they are meant for; nothing is written to the disk."""

import itertools
import logging
from datetime import timedelta
from io import BytesIO
from typing import Any, NoReturn

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wotcs.celery import PERIODS
from wotcs.refusals import with_length, without_traceback
from wotcs.tasks import clear_sessions

pytestmark = pytest.mark.django_db
LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class Unread(BytesIO):
    """A body that nobody may touch."""

    def read(self, *_: Any) -> NoReturn:
        raise AssertionError("the body was read")


KINDS = ("multipart/form-data; boundary=x", "application/json", "text/plain", "")


@pytest.mark.parametrize("path", ["/", "/wall", "/accounts/login/", "/admin/login/", "/i18n/setlang/", "/x"])
def test_page_refuses_what_is_too_large_unread(path: str) -> None:
    for kind, language in itertools.product(KINDS, ("en", "pt-br")):
        answer = Client(enforce_csrf_checks=True).generic(
            "POST",
            path,
            content_type=kind,
            CONTENT_LENGTH=str(LIMIT + 1),
            headers={"accept-language": language},
            **{"wsgi.input": Unread()},  # type: ignore[arg-type]
        )
        assert answer.status_code == 413, kind
        assert f'<html lang="{language}">' in answer.content.decode()


def test_api_refuses_in_json() -> None:
    body = b"x" * (LIMIT + 1)
    answer = Client().post("/api/v1/servers/sul/placements", body, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (413, {"detail"})


def test_body_at_the_limit_is_looked_at() -> None:
    answer = Client().post("/accounts/login/", b"x" * LIMIT, content_type="text/plain")
    assert answer.status_code == 200


def test_small_file_is_not_written_to_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", fail)
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", fail)
    given = {"login": "x", "file": SimpleUploadedFile("a", b"x" * (LIMIT - 10_000))}
    assert Client().post("/accounts/login/", given).status_code == 200


@pytest.mark.parametrize(
    ("sent", "length"), [(b"", 0), (b"abc", 3), (b"x" * LIMIT, LIMIT), (b"x" * (LIMIT * 3), LIMIT + 1)]
)
def test_chunked_body_gets_its_length_and_is_read_no_further(sent: bytes, length: int) -> None:
    source, seen = BytesIO(sent), {}
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "wsgi.input": source}
    with_length(lambda environ, _: seen.update(environ))(environ, None)
    assert seen["CONTENT_LENGTH"] == str(length)
    assert seen["wsgi.input"].read() == sent[:length]
    assert source.tell() == length


def test_body_of_a_server_that_does_not_end_it_is_left_alone() -> None:
    seen: dict[str, Any] = {}
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Unread()}
    with_length(lambda environ, _: seen.update(environ))(environ, None)
    assert "CONTENT_LENGTH" not in seen


@pytest.mark.parametrize(
    ("status", "is_shown"), [(400, False), (403, False), (413, False), (500, True), (None, True)]
)
def test_log_shows_the_traceback_of_faults_alone(status: int | None, is_shown: bool) -> None:  # noqa: FBT001
    record = logging.LogRecord("django.request", logging.WARNING, "x", 1, "x", (), None)
    record.exc_info = (ValueError, ValueError("x"), None)
    if status is not None:
        record.status_code = status
    assert without_traceback(record)
    assert (record.exc_info is not None) is is_shown


def test_page_is_compressed_and_padded_at_random() -> None:
    answers = [Client().get("/wall", headers={"accept-encoding": "gzip"}) for _ in range(6)]
    assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.content) for answer in answers}) > 1


# -- Keys and sessions --------------------------------------------------------------------------------------------


def test_sessions_whose_time_is_over_are_removed() -> None:
    now = timezone.now()
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=key, session_data="x", expire_date=now + timedelta(days=days))
    clear_sessions()
    assert [session.session_key for session in Session.objects.all()] == ["new"]
    assert "wotcs.clear_sessions" in PERIODS
