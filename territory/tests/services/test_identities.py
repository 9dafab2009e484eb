"""Which player of the log is which person: a guess here would ban an innocent or spare an intruder."""

import threading
import time
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clans.models import User
from territory.models import GamertagUse, IdentityConflict, Infraction, Placement, PlayerIdentity
from territory.services.identities import Match, SeenPlayer, match_players
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import (
    NOW,
    incoming,
    make_base,
    make_player,
    make_server,
    make_user,
    permit,
    placed,
    player_id,
)

pytestmark = pytest.mark.django_db


def seen(gamertag: str, player: str = "", *, minutes: int = 0) -> SeenPlayer:
    """A player seen `minutes` after NOW, under the player id that belongs to the name `player`."""
    return SeenPlayer(gamertag, player_id(player or gamertag), NOW + timedelta(minutes=minutes))


def match(*players: SeenPlayer) -> list[Match]:
    """Match players in one batch, as judging does."""
    with transaction.atomic():
        found = match_players(players)
    return [found[one.player_id, one.gamertag] for one in players]


def identity(user: User) -> PlayerIdentity:
    return PlayerIdentity.objects.get(user=user)


def test_player_id_names_the_person_whatever_the_gamertag() -> None:
    ana, bia = make_player("Ana"), make_player("Bia")

    assert match(seen("Outra", "Ana"), seen("Ana", "Bia")) == [Match(ana.pk), Match(bia.pk)]


def test_unknown_player_is_nobody() -> None:
    make_player("Ana")

    assert match(seen("Bia")) == [Match()]
    assert not IdentityConflict.objects.exists()


@pytest.mark.parametrize(
    ("linked", "logged"),
    [("Ana", "Ana"), ("Ana", "ANA"), ("JOÃO", "joão"), ("Жук", "жУК"), ("ana", "ana")],
)
def test_linked_gamertag_teaches_the_player_id_whatever_its_case(linked: str, logged: str) -> None:
    user = make_player(linked, known=False)

    assert match(seen(logged)) == [Match(user.pk)]
    learned = identity(user)
    assert (learned.player_id, learned.gamertag) == (player_id(logged), logged)
    assert list(learned.gamertags.values_list("gamertag", flat=True)) == [logged]


def test_player_id_once_learned_is_never_learned_again() -> None:
    user = make_player("Ana", known=False)
    match(seen("Ana", "first"))

    assert match(seen("Ana", "second")) == [Match(None, user.pk)]
    assert identity(user).player_id == player_id("first")
    conflict = IdentityConflict.objects.get()
    assert (conflict.identity, conflict.player_id, conflict.gamertag) == (
        identity(user),
        player_id("second"),
        "Ana",
    )
    assert conflict.first_seen_at == NOW


def test_of_two_ids_in_one_batch_the_one_that_acted_first_is_learned() -> None:
    user = make_player("Ana", known=False)

    late, early = match(seen("ANA", "late", minutes=1), seen("ana", "early"))

    assert (early, late) == (Match(user.pk), Match(None, user.pk))
    assert identity(user).player_id == player_id("early")


def test_of_two_ids_in_one_second_the_one_logged_first_is_learned() -> None:
    server = make_server()
    users = [make_player(f"P{number}", known=False) for number in range(8)]
    for number in range(8):
        store(server, [incoming(f"P{number}", player_id=player_id(f"first{number}"))])
        store(server, [incoming(f"P{number}", player_id=player_id(f"second{number}"))])

    judge_due(server.pk, now=NOW)

    assert [identity(user).player_id for user in users] == [
        player_id(f"first{number}") for number in range(8)
    ]


def test_conflict_seen_again_is_one_row_with_its_last_time() -> None:
    make_player("Ana")
    match(seen("Ana", "X"))
    match(seen("Ana", "X", minutes=5))
    match(seen("Ana", "X", minutes=2))

    conflict = IdentityConflict.objects.get()
    assert conflict.first_seen_at == NOW
    assert conflict.last_seen_at == NOW + timedelta(minutes=5)


def test_conflict_that_staff_resolved_is_a_stranger_from_then_on() -> None:
    user = make_player("Ana")
    match(seen("Ana", "X"))
    IdentityConflict.objects.update(resolved_at=timezone.now())

    assert match(seen("Ana", "X"), seen("Ana", "Y")) == [Match(), Match(None, user.pk)]
    assert IdentityConflict.objects.filter(resolved_at=None).get().player_id == player_id("Y")


def test_disputed_gamertag_of_a_person_with_a_right_goes_to_staff_and_bans_nobody() -> None:
    server = make_server()
    friend, other = make_player("Amiga"), make_player("Alheia")
    permit(make_base(server, make_player("Dono")), friend)
    store(server, [
        incoming("Amiga", player_id=player_id("console nova")),
        incoming("Alheia", player_id=player_id("qualquer")),
    ])  # fmt: skip

    judge_due(server.pk, now=NOW)

    assert (placed("Amiga").outcome, placed("Amiga").action) == ("invasion", "review")
    assert placed("Amiga").reasons["holds"] == ["disputed"]  # type: ignore[index]
    assert placed("Alheia").action == "ban"
    assert set(IdentityConflict.objects.values_list("identity__user", flat=True)) == {friend.pk, other.pk}
    assert set(Infraction.objects.values_list("user", flat=True)) == {None}


def test_rename_is_kept_with_both_names() -> None:
    user = make_player("Antes")

    match(seen("Depois", "Antes", minutes=1))

    assert identity(user).gamertag == "Depois"
    names = set(identity(user).gamertags.values_list("gamertag", flat=True))
    assert names == {"Antes", "Depois"}


def test_every_name_of_a_batch_is_kept() -> None:
    user = make_player("A")

    match(seen("B", "A", minutes=1), seen("C", "A", minutes=2), seen("B", "A", minutes=3))

    assert identity(user).gamertag == "B"
    uses = {use.gamertag: (use.first_seen_at, use.last_seen_at) for use in GamertagUse.objects.all()}
    assert uses["B"] == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=3))
    assert uses["C"] == (NOW + timedelta(minutes=2), NOW + timedelta(minutes=2))


def test_old_log_read_late_brings_no_old_name_back() -> None:
    user = make_player("Velho")
    match(seen("Novo", "Velho", minutes=0))

    match(seen("Velho", "Velho", minutes=-60 * 24 * 30))

    assert identity(user).gamertag == "Novo"
    novo = GamertagUse.objects.get(gamertag="Novo")
    assert (novo.first_seen_at, novo.last_seen_at) == (NOW, NOW)


def test_gamertag_of_another_case_is_a_rename_and_no_conflict() -> None:
    user = make_player("Ana")

    assert match(seen("ANA", "Ana")) == [Match(user.pk)]
    assert identity(user).gamertag == "ANA"
    assert not IdentityConflict.objects.exists()


def test_reused_gamertag_goes_with_the_id_of_its_new_bearer() -> None:
    ana, bia = make_player("Ana"), make_player("Bia")

    assert match(seen("Nova", "Ana"), seen("Ana", "Bia", minutes=1)) == [Match(ana.pk), Match(bia.pk)]
    assert (identity(ana).gamertag, identity(bia).gamertag) == ("Nova", "Ana")


@pytest.mark.parametrize("known", [True, False])
def test_gamertag_of_thousands_of_characters_breaks_nothing(*, known: bool) -> None:
    long = "Ж" * 4000
    user = make_player("Ana", known=known)

    assert match(seen(long, "Ana" if known else "outra"))[0].user_id == (user.pk if known else None)
    assert match(seen(long + "x", "Ana" if known else "outra")) == match(
        seen(long + "y", "Ana" if known else "outra")
    )
    assert identity(user).gamertag == (long[:100] if known else "Ana")


@pytest.mark.parametrize("gamertag", ["%", "{x,y}", "NULL'", "\\", "'", '"', "İ", "ß", "ﬁ", "\u0130" * 100])
def test_odd_gamertag_is_learned_like_any_other(gamertag: str) -> None:
    user = make_user()
    PlayerIdentity.objects.create(user=user, gamertag=gamertag, created_at=NOW)
    make_player("Outro", known=False)

    assert match(seen(gamertag, "id")) == [Match(user.pk)]
    assert identity(user).player_id == player_id("id")
    assert PlayerIdentity.objects.filter(player_id=None).count() == 1


def test_unlinked_identity_is_nobody() -> None:
    PlayerIdentity.objects.create(gamertag="Ana", player_id=player_id("Ana"), user=None)
    PlayerIdentity.objects.create(gamertag="Bia", player_id=None, user=None)

    assert match(seen("Ana"), seen("Bia"), seen("ana", "X")) == [Match(), Match(), Match()]
    assert not IdentityConflict.objects.exists()
    assert PlayerIdentity.objects.get(gamertag="Bia").player_id is None


def test_unlinked_identity_that_holds_the_player_id_gives_it_up_to_the_linked_one() -> None:
    PlayerIdentity.objects.create(
        gamertag="Ana", player_id=player_id("Ana"), user=None, xuid="2533274800000001"
    )
    user = make_player("Ana", known=False)

    assert match(seen("Ana")) == [Match(user.pk)]
    assert PlayerIdentity.objects.get() == identity(user)
    assert (identity(user).player_id, identity(user).xuid) == (player_id("Ana"), "2533274800000001")


def test_person_who_is_linked_again_after_a_link_was_taken_back() -> None:
    user = make_player("Ana")
    PlayerIdentity.objects.update(user=None)
    PlayerIdentity.objects.create(user=user, gamertag="Ana", created_at=NOW)

    assert match(seen("Ana")) == [Match(user.pk)]
    assert PlayerIdentity.objects.count() == 1


def test_person_with_two_consoles_is_both() -> None:
    user = make_player("Ana")
    PlayerIdentity.objects.create(user=user, gamertag="AnaPS", player_id=player_id("AnaPS"))

    assert match(seen("Ana"), seen("AnaPS")) == [Match(user.pk), Match(user.pk)]


def test_second_waiting_link_to_one_gamertag_is_refused() -> None:
    make_player("Ana", known=False)

    with pytest.raises(Exception, match="one_waiting"), transaction.atomic():
        make_player("aNA", known=False)


def test_unusable_placement_teaches_nothing() -> None:
    server = make_server()
    user = make_player("Ana", known=False)
    store(server, [incoming("Ana", x=-1.0), incoming("Ana", player_id="Unknown")])

    judge_due(server.pk, now=NOW)

    assert identity(user).player_id is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_learn_at_once_agree_on_one_player_id() -> None:
    server = make_server()
    users = [make_player(f"P{number}", known=False) for number in range(20)]
    make_base(server, users[0])
    for player in ("one", "two"):
        store(server, [incoming(f"P{n}", player_id=player_id(f"{player}{n}")) for n in range(20)])
    errors: list[Exception] = []
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        try:
            while judge_due(server.pk, now=NOW, limit=3).judged:
                pass
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert not Placement.objects.filter(state="pending").exists()
    for number, user in enumerate(users):
        linked = identity(user)
        matched = Placement.objects.filter(gamertag=f"P{number}", user=user)
        assert list(matched.values_list("player_id", flat=True)) == [linked.player_id]
    assert IdentityConflict.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_worker_that_comes_second_waits_for_what_the_first_learns() -> None:
    user = make_player("Ana", known=False)
    has_learned = threading.Event()

    def first() -> None:
        with transaction.atomic():
            match_players([seen("Ana", "first")])
            has_learned.set()
            time.sleep(0.3)  # the second one comes while this is not committed
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    has_learned.wait(5)
    found = match(seen("Ana", "second"))
    thread.join()

    assert found == [Match(None, user.pk)]
    assert identity(user).player_id == player_id("first")


def test_number_of_queries_does_not_grow_with_what_is_learned() -> None:
    def queries(tag: str, count: int) -> int:
        for number in range(count):
            make_player(f"K{tag}{number}")
            make_player(f"W{tag}{number}", known=False)
            PlayerIdentity.objects.create(gamertag="nameless", player_id=player_id(f"W{tag}{number}"))
            make_player(f"C{tag}{number}")
        with CaptureQueriesContext(connection) as captured:
            match(
                *(seen(f"K{tag}{n}x", f"K{tag}{n}") for n in range(count)),
                *(seen(f"W{tag}{n}") for n in range(count)),
                *(seen(f"C{tag}{n}", f"other{tag}{n}") for n in range(count)),
            )
        return len(captured)

    assert queries("a", 2) == queries("b", 40)
    assert GamertagUse.objects.count() == 42 * 3
    assert IdentityConflict.objects.count() == 42


def test_gamertag_learned_after_it_was_borne_before_keeps_both_times() -> None:
    user = make_player("Ana", known=False)
    GamertagUse.objects.create(
        identity=identity(user), gamertag="Ana", first_seen_at=NOW, last_seen_at=NOW + timedelta(days=1)
    )

    assert match(seen("Ana")) == [Match(user.pk)]
    assert identity(user).player_id == player_id("Ana")
    use = GamertagUse.objects.get()
    assert (use.first_seen_at, use.last_seen_at) == (NOW, NOW + timedelta(days=1))


def test_moment_of_a_sighting_is_never_invented() -> None:
    user = make_player("Ana", known=False)
    moment: datetime = NOW - timedelta(days=3)
    match(SeenPlayer("Ana", player_id("Ana"), moment))

    use = identity(user).gamertags.get()
    assert (use.first_seen_at, use.last_seen_at) == (moment, moment)


@pytest.mark.parametrize(
    ("linked", "seen"),
    [
        pytest.param("WIXEN", "WIXEN ", id="space-after"),
        pytest.param("WIXEN ", " wixen", id="space-before"),
        pytest.param("São", "Sa\u0303o", id="accent-stored-apart"),
        pytest.param("Олег", "ОЛЕГ", id="cyrillic-case"),
    ],
)
def test_names_that_look_alike_are_one_gamertag(linked: str, seen: str) -> None:
    owner = make_player(linked, known=False)
    at = NOW

    matches = match_players([SeenPlayer(seen, player_id("any"), at)])

    assert matches[player_id("any"), seen].user_id == owner.pk
