import json

import pytest

from tanks.tests.wargaming.fake import APPLICATION_ID, DATA, TOKEN
from tanks.wargaming import methods
from tanks.wargaming.errors import ApiRefusedError
from tanks.wargaming.methods import Request

REFERENCE = json.loads((DATA / "reference.json").read_text(encoding="utf-8"))
IDS = tuple(range(500_000_000, 500_000_100))
REQUESTS = [
    methods.clans_info(IDS),
    methods.account_info(IDS),
    methods.account_info(IDS[:1], access_token=TOKEN),
    methods.account_tanks(IDS),
    methods.account_list("Onça", is_whole=True),
    methods.account_list("Onç", is_whole=False),
    methods.account_clans(IDS),
    methods.encyclopedia_info(),
    methods.encyclopedia_vehicles(1),
    methods.encyclopedia_vehicles(11),
    methods.prolongate(TOKEN),
    methods.login("https://site.example/back/nonce/"),
    methods.logout(TOKEN),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.path)
def test_request_is_one_that_the_reference_allows(request_: Request) -> None:
    method = REFERENCE[request_.path]
    assert not method["deprecated"]
    assert request_.verb in method["verbs"]
    assert "https" in method["protocols"]
    parameters, sent = method["parameters"], request_.all_parameters(APPLICATION_ID)
    assert set(sent) <= set(parameters)
    assert {name for name, rule in parameters.items() if rule["required"]} <= set(sent)
    assert not [name for name in sent if parameters[name]["deprecated"]]
    assert all(sent.values())
    for name, value in sent.items():
        most = parameters[name]["most"]
        size = int(value) if name == "limit" else len(value.split(","))
        assert not most or 1 <= size <= most
    fields = sent["fields"].split(",") if "fields" in sent else []
    assert len(set(fields)) == len(fields)
    assert set(fields) <= set(method["fields"])
    assert "extra" not in sent or sent["extra"] in parameters["extra"]["values"]


def test_garage_is_asked_for_only_with_a_token() -> None:
    without, with_token = REQUESTS[1], REQUESTS[2]
    assert "private" not in str(without.all_parameters(APPLICATION_ID))
    assert with_token.all_parameters(APPLICATION_ID)["access_token"] == TOKEN
    assert [name for name in methods.ACCOUNT_FIELDS if name.startswith("private")] == []
    fields = with_token.all_parameters(APPLICATION_ID)["fields"].split(",")
    assert [name for name in fields if name.startswith("private")] == ["private.garage"]


def test_prolonging_is_never_sent_twice() -> None:
    repeated_never = [request.path for request in REQUESTS if not request.repeatable]
    assert repeated_never == ["auth/prolongate", "auth/logout"]
    assert dict(methods.prolongate(TOKEN).parameters)["expires_at"] == "1209600"


@pytest.mark.parametrize("token", ["", "\udc80", "ação", "a\r\nb", "a" * 201])
def test_token_that_can_be_none_is_refused_like_an_invalid_one(token: str) -> None:
    with pytest.raises(ApiRefusedError) as refused:
        methods.prolongate(token)
    assert refused.value.message == "INVALID_ACCESS_TOKEN"
    assert refused.value.value is None


def test_token_shows_in_no_repr() -> None:
    assert TOKEN not in repr(REQUESTS[2]) + repr(REQUESTS[-1])
