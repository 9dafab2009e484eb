"""Two identities of one player become one, or the accounts of one person; nothing is lost on the way."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.utils import translation

from clans.models import User
from territory.models import (
    GamertagUse,
    IdentityConflict,
    Infraction,
    Placement,
    PlayerIdentity,
)
from territory.services import identities
from territory.services.errors import NotPossibleError
from territory.services.identities import Match, SeenPlayer, match_players
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.services.merging import link_seen_player, merge_identities, tell_apart
from territory.tests.admin.pages import REASON, WHY, act, enter, notes, page
from territory.tests.database import at_once
from territory.tests.factories import (
    NOW,
    incoming,
    make_base,
    make_case,
    make_infraction,
    make_server,
    make_user,
    placed,
    player_id,
)

pytestmark = pytest.mark.django_db
EARLY, LATE = NOW - timedelta(days=9), NOW - timedelta(days=1)


@pytest.fixture
def by() -> User:
    return make_user("equipe")


def identity(gamertag: str, **fields: Any) -> PlayerIdentity:
    made = PlayerIdentity.objects.create(gamertag=gamertag, **fields)
    made.refresh_from_db()
    return made


def used(of: PlayerIdentity, gamertag: str, first: Any = EARLY, last: Any = LATE) -> GamertagUse:
    return GamertagUse.objects.create(identity=of, gamertag=gamertag, first_seen_at=first, last_seen_at=last)


def conflict(of: PlayerIdentity, seen: str, **fields: Any) -> IdentityConflict:
    values = {"first_seen_at": EARLY, "last_seen_at": LATE, "gamertag": of.gamertag} | fields
    return IdentityConflict.objects.create(identity=of, player_id=player_id(seen), **values)


def kept_and_dropped() -> tuple[PlayerIdentity, PlayerIdentity]:
    """A person waiting for a gamertag, and the player the log knows under another spelling."""
    kept = identity("Fulano", user=make_user("fulano"))
    return kept, identity("Fulano BR", player_id=player_id("Fulano"), xuid="2535", platform="xbox")


# -- One row ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True], ids=["person kept", "player kept"])
def test_one_row_has_what_either_knew(by: User, turned: bool) -> None:  # noqa: FBT001 - pytest passes by name
    pair = kept_and_dropped()
    kept, dropped = reversed(pair) if turned else pair
    merged = merge_identities(kept, dropped, by=by, now=NOW)
    left = PlayerIdentity.objects.get()
    assert merged.is_one_row
    assert (left.pk, left.gamertag) == (kept.pk, kept.gamertag)
    assert (left.user, left.player_id) == (User.objects.get(username="fulano"), player_id("Fulano"))
    assert (left.xuid, left.platform) == ("2535", "xbox")
    seen = SeenPlayer("Fulano BR", player_id("Fulano"), NOW)
    assert list(match_players([seen]).values()) == [Match(left.user_id)]


def test_gamertags_of_both_are_kept_with_their_whole_spans(by: User) -> None:
    kept, dropped = kept_and_dropped()
    used(kept, "Comum", first=LATE, last=NOW)
    used(dropped, "Comum", first=EARLY, last=LATE)
    used(kept, "Outro comum", first=EARLY, last=LATE)
    used(dropped, "Outro comum", first=LATE, last=NOW)
    used(dropped, "Antigo")
    merge_identities(kept, dropped, by=by, now=NOW)
    spans = {one.gamertag: (one.first_seen_at, one.last_seen_at) for one in kept.gamertags.all()}
    assert spans["Comum"] == spans["Outro comum"] == (EARLY, NOW)
    assert spans["Antigo"] == (EARLY, LATE)
    assert set(spans) == {"Comum", "Outro comum", "Antigo", "Fulano BR"}


def test_conflicts_of_both_are_kept_and_the_one_between_them_is_closed(by: User) -> None:
    kept, dropped = kept_and_dropped()
    conflict(kept, "Fulano")
    conflict(kept, "Outro")
    conflict(dropped, "Outro", first_seen_at=EARLY - timedelta(days=1), resolved_at=LATE, resolved_by=by)
    conflict(dropped, "Terceiro")
    merge_identities(kept, dropped, by=by, now=NOW)
    found = {one.player_id: one for one in kept.conflicts.all()}
    assert set(found) == {player_id(name) for name in ("Fulano", "Outro", "Terceiro")}
    assert (found[player_id("Fulano")].resolved_at, found[player_id("Fulano")].resolved_by) == (NOW, by)
    assert found[player_id("Outro")].first_seen_at == EARLY - timedelta(days=1)
    assert found[player_id("Outro")].resolved_at == LATE
    assert found[player_id("Terceiro")].resolved_at is None


def test_records_of_the_dropped_player_name_the_person_kept_and_no_others_do(by: User) -> None:
    kept = identity("Fulano", user=make_user("fulano"))
    other = make_user("outra")
    dropped = identity("Beltrano", user=other, player_id=player_id("Beltrano"))
    server = make_server()
    base = make_base(server, make_user())
    for name, user in (("Beltrano", other), ("Segunda", other), ("Fulano", kept.user)):
        infraction = make_infraction(server, base, gamertag=name, user=user)
        Placement.objects.filter(infraction=infraction).update(user=user)
    stranger = make_infraction(server, base, gamertag="Beltrano", user=None)
    merged = merge_identities(kept, dropped, by=by, now=NOW)
    assert (merged.placements, merged.infractions) == (1, 1)
    by_name = dict(Infraction.objects.exclude(pk=stranger.pk).values_list("gamertag", "user__username"))
    assert by_name == {"Beltrano": "fulano", "Segunda": "outra", "Fulano": "fulano"}
    stranger.refresh_from_db()
    assert stranger.user is None


def test_old_infraction_known_by_name_alone_goes_with_its_player(by: User) -> None:
    kept, other = identity("Fulano", user=make_user("fulano")), make_user("outra")
    dropped = identity("Beltrano", user=other)
    server = make_server()
    infraction = Infraction.objects.create(
        server=server,
        case=make_case(server),
        from_old_system=True,
        user=other,
        gamertag="  BELTRANO ",
        infraction_type="other",
        status="confirmed",
        occurred_at=EARLY,
    )
    merge_identities(kept, dropped, by=by, now=NOW)
    infraction.refresh_from_db()
    assert infraction.user == kept.user


# -- Two accounts -------------------------------------------------------------------------------------------------


def test_two_player_ids_stay_as_accounts_of_one_person(by: User) -> None:
    kept = identity("Fulano", user=make_user("fulano"), player_id=player_id("Fulano"))
    dropped = identity("Fulano PS", player_id=player_id("Fulano PS"))
    conflict(kept, "Fulano PS")
    merged = merge_identities(kept, dropped, by=by, now=NOW)
    assert not merged.is_one_row
    rows = PlayerIdentity.objects.order_by("pk").values_list("gamertag", "player_id", "user__username")
    assert list(rows) == [(name, player_id(name), "fulano") for name in ("Fulano", "Fulano PS")]
    assert IdentityConflict.objects.get().resolved_by == by


PERSON = {"user": "x"}


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ({"player_id": "A"}, {"player_id": "B"}, "no person"),
        ({"player_id": "A"} | PERSON, {"player_id": "B"} | PERSON, "one person already"),
        ({"xuid": "1"} | PERSON, {"xuid": "2"}, "two XUIDs"),
        ({"gamertag": "third"}, PERSON, "already linked"),
    ],
)
def test_merge_that_would_guess_or_lose_is_refused_and_changes_nothing(
    by: User, first: dict[str, Any], second: dict[str, Any], words: str
) -> None:
    identity("THIRD", user=make_user("primeira"))
    person: dict[str, Any] = {"user": make_user("x")}
    pair = [
        identity(**({"gamertag": name} | given | (person if "user" in given else {})))
        for name, given in (("A", first), ("B", second))
    ]
    used(pair[1], "Antigo")
    before = list(PlayerIdentity.objects.order_by("pk").values())
    with translation.override("en"), pytest.raises(NotPossibleError, match=words):
        merge_identities(*pair, by=by, now=NOW)
    assert before == list(PlayerIdentity.objects.order_by("pk").values())
    assert GamertagUse.objects.get().identity == pair[1]


@pytest.mark.parametrize("missing", [0, 1], ids=["with itself", "with one that is gone"])
def test_merge_takes_two(by: User, missing: int) -> None:
    remaining = identity("A", user=by)
    with pytest.raises(NotPossibleError):
        merge_identities(remaining, PlayerIdentity(pk=remaining.pk + missing), by=by, now=NOW)
    assert PlayerIdentity.objects.get() == remaining


# -- Conflicts ----------------------------------------------------------------------------------------------------


@pytest.fixture
def linked() -> PlayerIdentity:
    return identity("Fulano", user=make_user("fulano"), player_id=player_id("Fulano"), platform="pc")


def match_of(name: str) -> Match:
    return next(iter(match_players([SeenPlayer("Fulano", player_id(name), NOW)]).values()))


def test_players_told_apart_leave_a_stranger_who_is_disputed_no_more(
    by: User, linked: PlayerIdentity
) -> None:
    tell_apart(conflict(linked, "Outro"), by=by, now=NOW)
    assert match_of("Outro") == Match()


@pytest.mark.parametrize("is_known", [False, True], ids=["new", "known without a person"])
def test_seen_player_linked_is_the_same_person_under_both_ids(
    by: User, linked: PlayerIdentity, *, is_known: bool
) -> None:
    known = identity("Fulano", player_id=player_id("Outro"), platform="pc") if is_known else None
    made = link_seen_player(conflict(linked, "Outro"), by=by, now=NOW)
    assert made == (known or made)
    assert (made.user, made.platform) == (linked.user, "pc")
    assert [match_of(name) for name in ("Fulano", "Outro")] == [Match(linked.user_id)] * 2
    assert IdentityConflict.objects.get().resolved_at == NOW
    assert made.gamertags.get(gamertag="Fulano").first_seen_at == EARLY


def test_seen_player_who_is_somebody_else_is_not_taken_away(by: User, linked: PlayerIdentity) -> None:
    other = identity("Outro", user=make_user("outra"), player_id=player_id("Outro"))
    with pytest.raises(NotPossibleError):
        link_seen_player(conflict(linked, "Outro"), by=by, now=NOW)
    other.refresh_from_db()
    assert other.user == User.objects.get(username="outra")
    assert IdentityConflict.objects.get().resolved_at is None


@pytest.mark.parametrize("service", [tell_apart, link_seen_player])
def test_conflict_is_resolved_once(by: User, linked: PlayerIdentity, service: Any) -> None:
    open_conflict = conflict(linked, "Outro")
    service(open_conflict, by=by, now=NOW)
    with pytest.raises(NotPossibleError):
        service(open_conflict, by=make_user(), now=NOW + timedelta(hours=1))
    assert IdentityConflict.objects.get().resolved_by == by


# -- On the pages -------------------------------------------------------------------------------------------------


def test_merge_asks_which_stays_and_why_and_is_noted_with_both(client: Client) -> None:
    staff = enter(client, "manager")
    remaining, dropped = kept_and_dropped()
    third, given = identity("Terceiro"), REASON | {"remaining": str(remaining.pk)}

    def merge(**values: str) -> str:
        return act(client, "playeridentity", "merge", remaining.pk, dropped.pk, **values)

    assert 'value="merge"' not in page(client, "playeridentity", "change", remaining.pk)
    assert "linked to two people" not in merge()
    assert "This field is required" in merge(confirmed="yes", reason="x")
    assert "Select a valid choice" in merge(**given | {"remaining": str(third.pk)})
    assert PlayerIdentity.objects.count() == 3
    assert "The two identities are one now." in merge(**given)
    assert "perhaps merged already" in merge(**given)
    assert set(PlayerIdentity.objects.all()) == {remaining, third}
    for one in (remaining, dropped):
        [note] = notes(one)
        assert WHY in note
        assert "Fulano BR" in note
    history = page(client, "playeridentity", "history", remaining.pk)
    assert WHY in history
    assert staff.get_username() in history


def test_merge_of_two_people_says_what_stays_behind(client: Client) -> None:
    enter(client, "manager")
    pair = [identity(name, user=make_user(name)).pk for name in ("A", "B")]
    assert "linked to two people" in act(client, "playeridentity", "merge", *pair)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turned", [False, True], ids=["the same way", "each the other way"])
def test_two_staff_who_merge_at_once_merge_once(turned: bool) -> None:  # noqa: FBT001 - pytest passes by name
    pair, by = kept_and_dropped(), make_user("equipe")

    def merge(kept: PlayerIdentity, dropped: PlayerIdentity) -> str:
        try:
            merge_identities(kept, dropped, by=by, now=NOW)
        except NotPossibleError:
            return "refused"
        return "merged"

    answers = at_once(partial(merge, *pair), partial(merge, *(reversed(pair) if turned else pair)))
    left = PlayerIdentity.objects.get()
    assert sorted(answers) == ["merged", "refused"]
    assert (left.user, left.player_id) == (User.objects.get(username="fulano"), player_id("Fulano"))


# -- Beside judging -------------------------------------------------------------------------------------------------


def merge_between_reading_and_writing(monkeypatch: pytest.MonkeyPatch, merge: Callable[[], object]) -> None:
    """Let staff merge, on a connection of their own, once a batch has read who the players are."""
    save = identities._save

    def merge_then_save(book: Any) -> None:
        monkeypatch.setattr(identities, "_save", save)
        at_once(merge)
        save(book)

    monkeypatch.setattr(identities, "_save", merge_then_save)


@pytest.mark.django_db(transaction=True)
def test_batch_that_knew_an_identity_merged_away_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server, owner, by = make_server(), make_user("dono"), make_user("equipe")
    make_base(server, owner)
    kept = identity("Dono", user=owner)
    dropped = identity("Dono BR", user=owner, player_id=player_id("Dono"))
    store(server, [incoming("Dono 3", player_id=player_id("Dono")), incoming("Invasor")])
    merge_between_reading_and_writing(monkeypatch, lambda: merge_identities(kept, dropped, by=by, now=NOW))

    with pytest.raises(IntegrityError):
        judge_due(server.pk, now=NOW)
    assert set(Placement.objects.values_list("state", flat=True)) == {"pending"}
    assert judge_due(server.pk, now=NOW).judged == 2

    assert (placed("Dono 3").rule, placed("Dono 3").user) == ("owner", owner)
    assert placed("Invasor").rule == "intruder"
    assert (PlayerIdentity.objects.get(user=owner).pk, Infraction.objects.count()) == (kept.pk, 1)


@pytest.mark.django_db(transaction=True)
def test_merges_and_batches_at_once_lose_no_placement_and_accuse_no_owner() -> None:
    """Whichever comes first, the owner's two gamertags are his own, so that there is nothing to ban anybody for."""
    server, owner, by = make_server(), make_user("dono"), make_user("equipe")
    make_base(server, owner)
    names = [f"Conta {number}" for number in range(20)]
    for name in names:
        identity(name, user=owner)
        identity(f"{name} BR", user=owner, player_id=player_id(name))
    acts = [(one, player_id(name)) for name in names for one in (f"{name} BR", f"{name} X", name)]
    store(server, [incoming(gamertag, player_id=player) for gamertag, player in acts])

    def merge() -> None:
        for name in names:
            kept = PlayerIdentity.objects.get(gamertag=name, player_id=None)
            dropped = PlayerIdentity.objects.get(player_id=player_id(name))
            merge_identities(kept, dropped, by=by, now=NOW)

    def judge() -> None:
        while Placement.objects.filter(state="pending").exists():
            with suppress(IntegrityError, OperationalError):
                judge_due(server.pk, now=NOW, limit=3)

    at_once(merge, judge)

    assert set(Placement.objects.values_list("rule", "user")) == {("owner", owner.pk)}
    assert not Infraction.objects.exists()
    assert PlayerIdentity.objects.filter(user=owner, player_id__isnull=False).count() == len(names)
