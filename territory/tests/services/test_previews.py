"""A preview says what the act then really does, and changes nothing itself."""

import pytest
from django.utils import translation

from territory.models import Ban, BanList, Case
from territory.services.previews import Effect, EffectPlace, Standing, effects, preview
from territory.tests.factories import make_base, make_user, player_id
from territory.tests.services.worlds_of_cases import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> None:
    translation.activate("en")


def foreseen(world: World, act: str) -> list[Effect]:
    """The effects that a decision about the world's case would have."""
    case = world.case
    return preview(
        lambda: world.decide(act),
        server=world.server,
        player_ids=[case.player_id],
        cases=[case.pk],
        about=case.pk,
    )


LIFTED = {
    EffectPlace.BAN: "is lifted",
    EffectPlace.BAN_LIST: "loses our line",
    EffectPlace.CHANNEL: "is announced",
}
FORGOTTEN = LIFTED | {EffectPlace.WALL: "1 act leaves the wall", EffectPlace.RECORD: "1 now, 0 then"}
ACTS: dict[tuple[str, str], dict[EffectPlace, str]] = {
    ("waiting", "confirm"): {
        EffectPlace.BAN: "banned at once: permanent",
        EffectPlace.BAN_LIST: "gets the line",
        EffectPlace.WALL: "1 act goes onto the wall",
        EffectPlace.RECORD: "0 now, 1 then",
        EffectPlace.CHANNEL: "is announced",
    },
    ("waiting", "dismiss"): {EffectPlace.BAN: "Nobody is banned", EffectPlace.CHANNEL: "is announced"},
    ("by staff", "mistake"): FORGOTTEN,
    ("by staff", "mercy"): LIFTED | {EffectPlace.WALL: "stays on the wall, marked as lifted"},
    ("by staff", "end"): {EffectPlace.BAN: "was permanent and becomes until"},
    ("by staff", "undo"): FORGOTTEN,
    ("mercy", "undo"): {
        EffectPlace.BAN: "banned at once: permanent",
        EffectPlace.BAN_LIST: "gets the line",
        EffectPlace.WALL: "1 act on the wall counts again",
        EffectPlace.CHANNEL: "is announced",
    },
}


@pytest.mark.parametrize(("state", "act"), ACTS)
def test_a_preview_says_what_then_happens_and_changes_nothing(world: World, state: str, act: str) -> None:
    world.bring(state)
    case, untouched = world.case, world.rows()
    words = foreseen(world, act)
    assert world.rows() == untouched
    before = Standing.of(world.server, [case.player_id])
    world.decide(act)
    happened = list(effects(before, Standing.of(world.server, [case.player_id]), about=case.pk))
    assert [effect.place for effect in words] == [effect.place for effect in happened]
    if act != "end":  # which is counted from a moment that is another by now
        assert words == happened
    places = ACTS[state, act]
    assert {effect.place for effect in words} == places.keys()
    for place, part in places.items():
        assert any(part in effect.words for effect in words if effect.place == place)


@pytest.fixture
def second(world: World) -> Case:
    """A second case of the same ban, in another base."""
    world.bring("by rule")
    make_base(world.server, make_user("outra"), name="Doca 7", x=9000.0)
    world.build(x=9045.0)
    return Case.objects.latest("pk")


def test_a_case_that_keeps_the_ban_in_force_is_named(world: World, second: Case) -> None:
    words = [effect.words for effect in foreseen(world, "mistake")]
    assert any("stays in force as it is" in one for one in words)
    assert f"Case {second.pk} keeps the ban in force." in words
    assert not any("is lifted" in one for one in words)


def test_mercy_for_one_case_is_said_of_all_cases_of_its_ban(world: World, second: Case) -> None:
    words = [effect.words for effect in foreseen(world, "mercy")]
    assert f"Case {second.pk}, now “confirmed”, becomes “lifted”." in words


@pytest.mark.parametrize("is_on_wall", [True, False])
def test_a_ban_by_staff_is_foreseen(world: World, *, is_on_wall: bool) -> None:
    words = preview(
        lambda: world.ban(is_on_wall=is_on_wall), server=world.server, player_ids=[player_id("X")]
    )
    assert not Ban.objects.exists()
    places = {effect.place for effect in words}
    assert (EffectPlace.WALL in places) == is_on_wall
    assert {EffectPlace.BAN, EffectPlace.BAN_LIST, EffectPlace.CHANNEL, EffectPlace.RECORD} <= places


def test_a_server_without_a_ban_list_is_said_to_have_none(world: World) -> None:
    BanList.objects.all().delete()
    world.bring("waiting")
    assert any("has no ban list yet" in effect.words for effect in foreseen(world, "confirm"))


def test_an_accusation_that_waits_is_withdrawn(world: World) -> None:
    world.build("review")
    assert any("is withdrawn" in effect.words for effect in foreseen(world, "dismiss"))
