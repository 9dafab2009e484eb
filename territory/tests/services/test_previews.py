"""A preview says what the act then really does, and changes nothing itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from announcements.models import Announcement, Channel
from clans.models import User
from territory.models import Ban, BanDelivery, Base, Case, CaseAct, GameServer, Infraction
from territory.services.bans import Player
from territory.services.deciding import (
    ban_by_staff,
    change_end,
    confirm_case,
    dismiss_case,
    lift_case,
    undo_act,
)
from territory.services.offences import Kind
from territory.services.previews import Effect, Place, Standing, effects, preview
from territory.tests.factories import make_base, make_infraction, make_server, make_user, player_id

pytestmark = pytest.mark.django_db
Act = Callable[[Case, User], object]
KIND = Kind("cheating", "Trapaça")


@pytest.fixture(autouse=True)
def _in_english() -> None:
    translation.activate("en")


@pytest.fixture
def server() -> GameServer:
    server = make_server(slug="sul", ban_list="/srv/ban.txt")
    for audience in ("staff", "public"):
        Channel.objects.create(name=audience, audience=audience, webhook_url="https://discord.example/x")
    return server


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_user("dona"))


@pytest.fixture
def staff() -> User:
    return make_user("ju", is_staff=True)


def waiting(server: GameServer, base: Base) -> Case:
    act = make_infraction(server, base, status="review")
    assert act.case is not None
    return Case.objects.get(pk=act.case.pk)


def confirmed(server: GameServer, base: Base, staff: User) -> Case:
    case = waiting(server, base)
    confirm_case(case, by=staff, reason="x")
    Announcement.objects.update(state="sent")
    BanDelivery.objects.update(state="applied")
    case.refresh_from_db()
    return case


def foreseen(act: Act, case: Case, by: User) -> list[Effect]:
    return preview(
        lambda: act(case, by),
        server=case.server,
        player_ids=[case.player_id],
        cases=[case.pk],
        about=case.pk,
    )


ACTS: dict[str, tuple[str, Act, dict[Place, str]]] = {
    "confirm": (
        "waiting",
        lambda case, by: confirm_case(case, by=by, reason="x"),
        {
            Place.BAN: "banned at once: permanent",
            Place.BAN_LIST: "gets the line",
            Place.WALL: "1 act goes onto the wall",
            Place.RECORD: "0 now, 1 then",
            Place.CHANNEL: "is announced",
        },
    ),
    "dismiss": (
        "waiting",
        lambda case, by: dismiss_case(case, by=by, reason="x"),
        {Place.BAN: "Nobody is banned"},
    ),
    "mistake": (
        "confirmed",
        lambda case, by: lift_case(case, by=by, kind=Ban.LiftKind.MISTAKE, reason="x"),
        {
            Place.BAN: "is lifted",
            Place.BAN_LIST: "loses our line",
            Place.WALL: "1 act leaves the wall",
            Place.RECORD: "1 now, 0 then",
            Place.CHANNEL: "is announced",
        },
    ),
    "mercy": (
        "confirmed",
        lambda case, by: lift_case(case, by=by, kind=Ban.LiftKind.MERCY, reason="x"),
        {
            Place.BAN: "is lifted",
            Place.BAN_LIST: "loses our line",
            Place.WALL: "stays on the wall, marked as lifted",
            Place.CHANNEL: "is announced",
        },
    ),
    "end": (
        "confirmed",
        lambda case, by: change_end(case, timezone.now() + timedelta(days=30), by=by, reason="x"),
        {Place.BAN: "was permanent and becomes until"},
    ),
    "undo": (
        "confirmed",
        lambda case, by: undo_act(CaseAct.objects.latest("pk"), by=by, reason="x"),
        {
            Place.BAN: "is lifted",
            Place.BAN_LIST: "loses our line",
            Place.WALL: "1 act leaves the wall",
            Place.RECORD: "1 now, 0 then",
            Place.CHANNEL: "is announced",
        },
    ),
}


def _everything() -> list[object]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Ban, BanDelivery, Case, CaseAct, Infraction, Announcement)
    ]


@pytest.mark.parametrize("name", ACTS)
def test_a_preview_says_what_then_happens_and_changes_nothing(
    name: str, server: GameServer, base: Base, staff: User
) -> None:
    state, act, places = ACTS[name]
    case = waiting(server, base) if state == "waiting" else confirmed(server, base, staff)
    untouched = _everything()
    words = foreseen(act, case, staff)
    assert _everything() == untouched
    before = Standing.of(server, [case.player_id])
    act(case, staff)
    happened = list(effects(before, Standing.of(server, [case.player_id]), about=case.pk))
    assert [effect.place for effect in words] == [effect.place for effect in happened]
    if name != "end":  # which is counted from a moment that is another by now
        assert words == happened
    assert {effect.place for effect in words} == places.keys()
    for place, part in places.items():
        assert any(part in effect.words for effect in words if effect.place == place)


def test_a_case_that_keeps_the_ban_in_force_is_named(server: GameServer, base: Base, staff: User) -> None:
    first = confirmed(server, base, staff)
    second = waiting(server, make_base(server, make_user("outra"), name="Doca 7", x=9000.0))
    confirm_case(second, by=staff, reason="x")
    words = [
        effect.words
        for effect in foreseen(ACTS["mistake"][1], first, staff)
        if effect.place in (Place.BAN, Place.CASE)
    ]
    assert any("stays in force as it is" in one for one in words)
    assert f"Case {second.pk} keeps the ban in force." in words
    assert not any("is lifted" in one for one in words)


def test_mercy_for_one_case_is_said_of_all_cases_of_its_ban(
    server: GameServer, base: Base, staff: User
) -> None:
    first = confirmed(server, base, staff)
    second = waiting(server, make_base(server, make_user("outra"), name="Doca 7", x=9000.0))
    confirm_case(second, by=staff, reason="x")
    words = [effect.words for effect in foreseen(ACTS["mercy"][1], first, staff)]
    assert f"Case {second.pk}, now “confirmed”, becomes “lifted”." in words


@pytest.mark.parametrize("is_on_wall", [True, False])
def test_a_ban_by_staff_is_foreseen(server: GameServer, staff: User, *, is_on_wall: bool) -> None:
    player = Player(player_id("Farofa"), "Farofa")

    def ban() -> object:
        return ban_by_staff(server, player, kind=KIND, by=staff, reason="x", is_on_wall=is_on_wall)

    words = preview(ban, server=server, player_ids=[player.player_id])
    assert not Ban.objects.exists()
    places = {effect.place for effect in words}
    assert (Place.WALL in places) == is_on_wall
    assert {Place.BAN, Place.BAN_LIST, Place.CHANNEL, Place.RECORD} <= places


def test_a_server_without_a_ban_list_is_said_to_have_none(staff: User) -> None:
    server = make_server(slug="nu")
    case = waiting(server, make_base(server, make_user("dona")))
    words = [effect.words for effect in foreseen(ACTS["confirm"][1], case, staff)]
    assert any("has no ban list yet" in one for one in words)
