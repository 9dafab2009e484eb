import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanks.tests.wargaming.conftest import unhurried
from tanks.tests.wargaming.fake import APPLICATION_ID, TOKEN
from tanks.wargaming.envelope import open_envelope
from tanks.wargaming.errors import (
    ApiRefusedError,
    BadAccountError,
    NoAnswerError,
    NotConfiguredError,
    RateLimitedError,
    SourceUnavailableError,
    WargamingError,
)

SECRETS = (APPLICATION_ID, TOKEN)


def refused(
    code: object = 407, message: object = "X", field: object = None, value: object = None
) -> WargamingError:
    content = {"status": "error", "error": {"code": code, "message": message, "field": field, "value": value}}
    with pytest.raises(WargamingError) as caught:
        open_envelope(200, json.dumps(content).encode(), (1, 2), SECRETS)
    return caught.value


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (504, "SOURCE_NOT_AVAILABLE", SourceUnavailableError),
        (407, "REQUEST_LIMIT_EXCEEDED", RateLimitedError),
        (407, "INVALID_ACCOUNT_ID", BadAccountError),
        (407, "INVALID_CLAN_ID", BadAccountError),
        (407, "INVALID_APPLICATION_ID", NotConfiguredError),
        (407, "APPLICATION_IS_BLOCKED", NotConfiguredError),
        (407, "INVALID_IP_ADDRESS", NotConfiguredError),
        (402, "APPLICATION_ID_NOT_SPECIFIED", NotConfiguredError),
        (407, "INVALID_ACCESS_TOKEN", ApiRefusedError),
        (407, "INVALID_FIELDS", ApiRefusedError),
        (407, "ACCOUNT_ID_LIST_LIMIT_EXCEEDED", ApiRefusedError),
        (405, "METHOD_DISABLED", ApiRefusedError),
    ],
)
def test_message_decides_what_an_error_is(code: int, message: str, kind: type[WargamingError]) -> None:
    assert type(refused(code, message)) is kind


def test_refusal_tells_what_the_api_complains_about() -> None:
    error = refused(407, "INVALID_FIELDS", "fields", "nonsense")
    assert vars(error) == {"code": 407, "message": "INVALID_FIELDS", "field": "fields", "value": "nonsense"}
    assert str(error) == "407 INVALID_FIELDS (field fields, value 'nonsense')"


@pytest.mark.parametrize("status", [200, 400, 403, 407, 429, 504])
def test_envelope_counts_more_than_the_http_status(status: int) -> None:
    body = b'{"status":"error","error":{"code":407,"message":"INVALID_IP_ADDRESS"}}'
    with pytest.raises(NotConfiguredError):
        open_envelope(status, body, (), SECRETS)
    with pytest.raises(ApiRefusedError):  # an invalid id without a batch
        open_envelope(status, body.replace(b"IP_ADDRESS", b"ACCOUNT_ID"), (), SECRETS)
    if status == 429:
        with pytest.raises(RateLimitedError):
            open_envelope(status, b"slow down", (), SECRETS)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>maintenance</html>"),
        (200, b'{"status":"ok","data":{"1":'),
        (200, b'{"status":"ok"}'),
        (200, b'{"status":"fine","data":{}}'),
        (200, b"[]"),
        (200, b'{"status":"ok","data":NaN}'),
        (200, b'{"status":"ok","data":"\xff"}'),
        (200, b"[" * 100_000),
        (200, b'{"status":"ok","data":' + b"1" * 5000 + b"}"),
        (302, b'{"status":"ok","data":{}}'),
        (403, b"<html>blocked</html>"),
        (502, b"Bad gateway"),
        (503, b'{"status":"ok","data":{}}'),
    ],
)
def test_what_the_api_cannot_have_said_is_no_answer(status: int, body: bytes) -> None:
    with pytest.raises(NoAnswerError) as caught:
        open_envelope(status, body, (1,), SECRETS)
    assert caught.value.may_retry
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("application_id", "somebody's"), ("access_token", "somebody's"), ("search", "x" * 90 + APPLICATION_ID)],
    ids=["application-id", "token", "behind-a-long-value"],
)
def test_value_of_a_secret_field_is_dropped_and_one_that_holds_a_secret(field: str, value: str) -> None:
    error = refused(407, "INVALID_ACCESS_TOKEN", field, value)
    assert isinstance(error, ApiRefusedError)
    assert error.value is None


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("where", ["message", "field", "value"])
def test_secret_that_comes_back_is_dropped(secret: str, where: str) -> None:
    error = refused(**{"message": "X", where: secret})
    assert secret not in repr(error) + str(error) + repr(vars(error))


@pytest.mark.parametrize(
    "error", [None, [], "boom", {"message": None}, {"message": "<script>" * 50, "code": "x"}]
)
def test_error_of_an_unknown_shape_is_a_refusal(error: object) -> None:
    with pytest.raises(ApiRefusedError) as caught:
        open_envelope(200, json.dumps({"status": "error", "error": error}).encode(), (), SECRETS)
    assert caught.value.message == "UNKNOWN"
    assert caught.value.code is None


@unhurried
@given(body=st.binary(max_size=60), status=st.integers(100, 599))
def test_no_bytes_raise_anything_but_our_errors(body: bytes, status: int) -> None:
    with pytest.raises(WargamingError):
        open_envelope(status, body, (1,), SECRETS)


any_scalar = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers(), max_size=2)


@unhurried
@given(error=st.dictionaries(st.sampled_from(["code", "message", "field", "value"]), any_scalar))
def test_no_error_raises_anything_but_our_errors(error: dict[str, Any]) -> None:
    with pytest.raises(WargamingError) as caught:
        open_envelope(200, json.dumps({"status": "error", "error": error}).encode(), (1,), SECRETS)
    assert str(caught.value)
