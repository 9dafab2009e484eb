import pytest
from werkzeug import Response

from tanks.tests.wargaming.conftest import MakeClient
from tanks.tests.wargaming.fake import FakeWargaming, error
from tanks.wargaming import methods
from tanks.wargaming.envelope import Envelope
from tanks.wargaming.errors import WargamingError
from tanks.wargaming.methods import Request


class Kept(list[tuple[Request, Envelope]]):
    """What was handed on, in order."""

    def __call__(self, request: Request, envelope: Envelope) -> None:
        self.append((request, envelope))

    @property
    def requests(self) -> list[Request]:
        return [request for request, _ in self]


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_each_answer_is_kept_once_with_its_request(
    api: FakeWargaming, make_client: MakeClient, kept: Kept
) -> None:
    api.vehicles = list(range(1, 151))
    client = make_client(api.url, keep=kept)
    client.clans_info([7])
    client.account_info([1, 2])
    client.account_tanks(range(30), 25)
    client.catalogue_version()
    list(client.vehicles())
    assert kept.requests == [
        methods.clans_info([7]),
        methods.account_info([1, 2]),
        methods.account_tanks(range(25)),
        methods.account_tanks(range(25, 30)),
        methods.encyclopedia_info(),
        methods.encyclopedia_vehicles(1),
        methods.encyclopedia_vehicles(2),
    ]
    assert kept[0][1] == Envelope({"7": None}, {"count": 1})
    assert set(kept[1][1].data) == {"1", "2"}
    assert kept[-1][1].meta["page_total"] == 2


def test_only_the_answered_parts_of_a_refused_batch_are_kept(
    api: FakeWargaming, make_client: MakeClient, kept: Kept
) -> None:
    api.bad = {3}
    told = make_client(api.url, keep=kept).account_info([1, 2, 3, 4])
    assert told.bad_ids == {3}
    assert [request.ids for request in kept.requests] == [(1, 2), (4,)]


@pytest.mark.parametrize(
    "answer",
    [error(407, "INVALID_FIELDS"), Response('{"status":"ok","data":{"7":"surprise"}}'), Response("<html>")],
    ids=["refused", "unreadable", "no answer"],
)
def test_what_went_wrong_is_not_kept(
    api: FakeWargaming, make_client: MakeClient, kept: Kept, answer: Response
) -> None:
    api.out_of_turn = [answer]
    with pytest.raises(WargamingError):
        make_client(api.url, keep=kept, attempts=1).account_info([7])
    assert kept == []
