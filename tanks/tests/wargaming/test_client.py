import json

import pytest
from werkzeug import Response

from tanks.tests.wargaming.conftest import MakeClient
from tanks.tests.wargaming.fake import APPLICATION_ID, TOKEN, FakeWargaming, error, ok
from tanks.tests.wargaming.sockets import http, raw_server, says
from tanks.wargaming import methods
from tanks.wargaming.client import MOST_PAGES, Client
from tanks.wargaming.envelope import Envelope
from tanks.wargaming.errors import BadAnswerError, WargamingError
from tanks.wargaming.methods import Request


def test_token_goes_in_a_form_and_everything_else_in_the_address(api: FakeWargaming, client: Client) -> None:
    client.account_info([7], access_token=TOKEN)
    client.prolongate(TOKEN)
    client.logout(TOKEN)
    client.clans_info([7])
    client.catalogue_version()
    assert api.verbs == [
        ("POST", "account/info"), ("POST", "auth/prolongate"), ("POST", "auth/logout"),
        ("GET", "clans/info"), ("GET", "encyclopedia/info"),
    ]  # fmt: skip
    assert api.addresses[:2] == [f"{api.url}/wot/account/info/", f"{api.url}/wot/auth/prolongate/"]
    assert api.addresses[3].startswith(
        f"{api.url}/wot/clans/info/?application_id={APPLICATION_ID}&clan_id=7&"
    )


def test_address_to_sign_in_is_the_apis_own(api: FakeWargaming, client: Client) -> None:
    assert client.login("https://site.example/back/nonce/") == f"{api.url}/id/"
    assert api.asked[-1][1]["nofollow"] == "1"
    api.out_of_turn = [ok({"location": None})]
    with pytest.raises(BadAnswerError):
        client.login("https://site.example/back/nonce/")


def test_nothing_is_sent_for_no_ids(client: Client) -> None:
    assert client.account_info([]).by_id == {}
    assert client.calls == 0


@pytest.mark.parametrize(("vehicles", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (1028, 11)])
def test_every_page_is_fetched_once(api: FakeWargaming, client: Client, vehicles: int, pages: int) -> None:
    api.vehicles = list(range(1, vehicles + 1))
    found = [vehicle.tank_id for page in client.vehicles() for vehicle in page.vehicles]
    assert found == api.vehicles
    assert api.pages() == list(range(1, pages + 1))


def test_empty_page_in_the_middle_is_no_end(make_client: MakeClient) -> None:
    pages = [b'{"1":{}}', b"{}", b'{"3":{}}']
    answers = [b'{"status":"ok","meta":{"page_total":3,"total":3},"data":%b}' % data for data in pages]
    with raw_server(lambda connection: connection.sendall(http(answers.pop(0)))) as server:
        assert [len(page.vehicles) for page in make_client(server.url).vehicles()] == [1, 0, 1]


def test_pages_without_a_count_end_with_one_that_is_not_full(make_client: MakeClient) -> None:
    rows: dict[str, object] = {str(number): {} for number in range(1, 101)}
    full, last = json.dumps(rows), json.dumps({"1": {}})
    pages = [f'{{"status":"ok","meta":{{}},"data":{data}}}'.encode() for data in (full, full, last)]
    with raw_server(lambda connection: connection.sendall(http(pages.pop(0)))) as server:
        assert [len(page.vehicles) for page in make_client(server.url).vehicles()] == [100, 100, 1]


def test_catalogue_without_an_end_is_left(make_client: MakeClient) -> None:
    body = b'{"status":"ok","meta":{"page_total":1000000},"data":{"1":{}}}'
    with raw_server(says(http(body)), requests_per_connection=1000) as server:
        client = make_client(server.url)
        with pytest.raises(BadAnswerError, match="no end"):
            list(client.vehicles())
        assert client.calls == MOST_PAGES
        client.close()


Archive = list[tuple[Request, Envelope]]


@pytest.fixture
def archive() -> Archive:
    """The answers that a client handed on, with their requests."""
    return []


@pytest.fixture
def archiving(api: FakeWargaming, make_client: MakeClient, archive: Archive) -> Client:
    return make_client(api.url, keep=lambda request, envelope: archive.append((request, envelope)))


def test_each_answer_is_handed_on_with_its_request(
    api: FakeWargaming, archiving: Client, archive: Archive
) -> None:
    api.vehicles, api.bad = list(range(1, 151)), {3}
    archiving.clans_info([7])
    archiving.account_info([1, 2, 3, 4])
    archiving.account_tanks(range(5, 35), 25)
    list(archiving.vehicles())
    assert [request for request, _ in archive] == [
        methods.clans_info([7]),
        methods.account_info([1, 2]),
        methods.account_info([4]),
        methods.account_tanks(range(5, 30)),
        methods.account_tanks(range(30, 35)),
        methods.encyclopedia_vehicles(1),
        methods.encyclopedia_vehicles(2),
    ]
    assert archive[0][1] == Envelope({"7": None}, {"count": 1})
    assert archive[-1][1].meta["page_total"] == 2


@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        pytest.param(error(407, "INVALID_FIELDS"), 1, id="refused"),
        pytest.param(Response('{"status":"ok","data":{"7":"surprise"}}'), 1, id="unreadable"),
        pytest.param(Response("<html>"), 3, id="no answer"),
    ],
)
def test_fault_is_not_handed_on_and_only_silence_is_worth_another_try(
    api: FakeWargaming, archiving: Client, archive: Archive, answer: Response, calls: int
) -> None:
    api.out_of_turn = [answer] * 3
    with pytest.raises(WargamingError):
        archiving.account_info([7])
    assert (archive, archiving.calls) == ([], calls)
