import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clans.models import User
from justice.services.settling import settle_conflict
from justice.tests.pages import make_staff, read, waiting
from territory.models import Base, Case, GameServer, IdentityConflict, Placement, PlayerIdentity
from territory.services.cases import lock_cases
from territory.tests.database import at_once, sql
from territory.tests.factories import make_base, make_infraction, make_player, make_user, permit, player_id

SEEN = player_id("Lobo de outra conta")


@pytest.fixture
def owner(db: None) -> User:
    return make_player("Lobo")


@pytest.fixture
def conflict(owner: User) -> IdentityConflict:
    at = timezone.now() - timedelta(hours=1)
    return IdentityConflict.objects.create(
        identity=PlayerIdentity.objects.get(user=owner),
        player_id=SEEN,
        gamertag="Lobo",
        first_seen_at=at,
        last_seen_at=at,
    )


@pytest.fixture
def home(server: GameServer, owner: User) -> Base:
    return make_base(server, owner, name="Casa da Serra")


def disputed(base: Base, *holds: str) -> Case:
    """A case of the player seen that waits because of the conflict, and of whatever else."""
    case = waiting(base.server, base, "Lobo", player_id=SEEN)
    for act in case.infractions.select_related("placement"):
        assert act.placement is not None
        reasons = (act.placement.reasons or {}) | {"holds": ["disputed", *holds]}
        Placement.objects.filter(pk=act.placement.pk).update(reasons=reasons, player_id=SEEN)
    return case


def settle(client: Client, conflict: IdentityConflict, answer: str) -> int:
    address = reverse("conflict-settle", args=[conflict.pk, answer])
    return client.post(address, {"reason": "perguntei a ele"}).status_code


def foreseen(client: Client, conflict: IdentityConflict, answer: str) -> str:
    return read(client, reverse("conflict-settle", args=[conflict.pk, answer]))


def test_both_players_stand_beside_the_cases_they_caused(
    desk: Client, home: Base, conflict: IdentityConflict
) -> None:
    disputed(home)
    page = read(desk, reverse("review-item", args=["conflict", conflict.pk]))
    for words in (player_id("Lobo"), SEEN, "Casa da Serra", "Same person…", "Two players…"):
        assert words in page


def test_the_same_person_settles_the_cases_that_the_rule_then_allows(
    desk: Client, home: Base, owner: User, conflict: IdentityConflict
) -> None:
    allowed, held = disputed(home), disputed(home, "item")
    foreign = disputed(make_base(home.server, make_user("dona"), name="Longe", x=9000.0))
    Placement.objects.filter(infraction__case=foreign).update(x=9001.0, z=3000.0)
    page = foreseen(desk, conflict, "same")
    assert f"Case {allowed.pk}, now “waiting for staff”, becomes “dismissed”." in page
    for case in (foreign, held):
        assert f"Case {case.pk} still waits for a decision." in page
    conflict.refresh_from_db()
    assert (conflict.resolved_at, PlayerIdentity.objects.filter(player_id=SEEN).count()) == (None, 0)
    assert settle(desk, conflict, "same") == 302
    states = {case.pk: Case.objects.get(pk=case.pk).state for case in (allowed, foreign, held)}
    assert states == {allowed.pk: "dismissed", foreign.pk: "waiting", held.pk: "waiting"}
    assert PlayerIdentity.objects.get(player_id=SEEN).user == owner
    assert allowed.acts.get().reason == "perguntei a ele"


def test_a_right_given_since_the_act_was_judged_counts_too(
    desk: Client, server: GameServer, owner: User, conflict: IdentityConflict
) -> None:
    base = make_base(server, make_user("dona"))
    case = disputed(base)
    permit(base, owner, granted_at=timezone.now())
    settle(desk, conflict, "same")
    case.refresh_from_db()
    assert case.state == "dismissed"


def test_a_case_with_one_act_held_otherwise_is_not_dismissed(
    desk: Client, home: Base, conflict: IdentityConflict
) -> None:
    case = disputed(home)
    make_infraction(home.server, home, gamertag="Lobo", player_id=SEEN, status="review", case=case)
    settle(desk, conflict, "same")
    case.refresh_from_db()
    assert case.state == "waiting"


# Whether somebody waits for what this connection holds.
WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


@pytest.mark.django_db(transaction=True)
def test_an_act_that_joins_meanwhile_is_not_dismissed_unheard(
    server: GameServer, ju: User, home: Base, conflict: IdentityConflict
) -> None:
    case, locked = disputed(home), threading.Event()

    def builds() -> None:
        with transaction.atomic():
            lock_cases(server.pk)
            locked.set()
            until = time.monotonic() + 2
            while not sql(WAITS) and time.monotonic() < until:
                time.sleep(0.005)
            make_infraction(server, home, gamertag="Lobo", player_id=SEEN, status="review", case=case)

    def settles() -> None:
        locked.wait()
        settle_conflict(conflict, is_same=True, by=ju, reason="x")

    at_once(builds, settles)
    case.refresh_from_db()
    assert case.state == "waiting"


def test_two_players_leave_the_cases_for_a_decision(
    desk: Client, home: Base, conflict: IdentityConflict
) -> None:
    case = disputed(home)
    page = foreseen(desk, conflict, "apart")
    assert "stranger like any other" in page
    assert f"Case {case.pk} still waits for a decision." in page
    assert settle(desk, conflict, "apart") == 302
    case.refresh_from_db()
    conflict.refresh_from_db()
    assert case.state == "waiting"
    assert conflict.resolved_at is not None
    assert str(conflict.resolved_by) == "Ju Sniper"
    assert settle(desk, conflict, "apart") == 404


def test_what_cannot_be_linked_is_said(desk: Client, conflict: IdentityConflict) -> None:
    make_player("Outro", player_id=SEEN)
    assert "This player id is linked to somebody else." in foreseen(desk, conflict, "same")


@pytest.mark.parametrize(
    ("group", "answer", "status"),
    [
        ("moderator", "apart", 200),
        ("moderator", "same", 404),
        ("manager", "same", 200),
        ("manager", "burn", 404),
    ],
)
def test_linking_takes_the_right_to_change_identities(
    client: Client, conflict: IdentityConflict, group: str, answer: str, status: int
) -> None:
    client.force_login(make_staff("alguém", group))
    assert client.get(reverse("conflict-settle", args=[conflict.pk, answer])).status_code == status
