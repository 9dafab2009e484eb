"""What a gamertag proves: who is banned, let in or held when names change, are freed, carry a suffix or belong to nobody."""

# ruff: noqa: RUF001 - wide letters are what some of it is about

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clans.models import User
from territory.models import GamertagUse, GameServer, IdentityConflict, Placement, PlayerIdentity
from territory.rules.names import is_placeholder, name_is_proof
from territory.services.identities import Match, SeenPlayer, find_match, learn_players
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.services.logs import import_file
from territory.services.merging import link_seen_player, tell_apart
from territory.tests.factories import (
    NOW,
    incoming,
    make_base,
    make_player,
    make_server,
    make_user,
    placed,
    player_id,
)
from territory.tests.logs import header, line
from territory.wording import unproven_owner

pytestmark = pytest.mark.django_db

XBOX_ID = player_id("somebody")
OTHER_ID = player_id("somebody else")
# PlayStation's and PC's ids look alike.
LONG_ID = "fJ9nhljHTo_ARGvsvLJWyoDRL4lmfV-e2UQKxhUiUcO="


def owner_of_a_base(
    gamertag: str, *, server: GameServer, player_id: str | None = None, **fields: object
) -> User:
    owner = make_player(gamertag, known=False, player_id=player_id, **fields)
    make_base(server, owner)
    return owner


@dataclass(frozen=True)
class Case:
    """An owner's link, the server's platform, and what follows when somebody builds in the owner's base."""

    linked: str
    platform: str
    seen: str
    player_id: str
    outcome: str
    action: str
    known: str | None = None
    identity: str = ""


CASES = {
    "console-same-name": Case("Dona", "xbox", "Dona", XBOX_ID, "allowed", "none"),
    "console-case-width-spaces": Case("Ｄona  Ana", "xbox", " dona ana ", XBOX_ID, "allowed", "none"),
    "console-accent-stored-apart": Case("José", "xbox", "Jose\u0301", XBOX_ID, "allowed", "none"),
    "console-sign-like-a-letter": Case("Dona", "xbox", "Donª", XBOX_ID, "invasion", "review"),
    "console-digit-raised": Case("Dona2", "xbox", "Dona²", XBOX_ID, "invasion", "review"),
    "console-two-letters-in-one": Case("fila", "xbox", "ﬁla", XBOX_ID, "invasion", "review"),
    "console-name-of-another": Case("Dona", "xbox", "Dona", XBOX_ID, "invasion", "review", known=OTHER_ID),
    "console-other-name": Case("Dona", "xbox", "Dono", XBOX_ID, "invasion", "ban"),
    "playstation-same-name": Case("Dona", "playstation", "Dona", LONG_ID, "allowed", "none"),
    "playstation-id-of-xbox": Case("Dona", "playstation", "Dona", XBOX_ID, "invasion", "review"),
    "xbox-id-of-another-platform": Case("Dona", "xbox", "Dona", LONG_ID, "invasion", "review"),
    "identity-of-another-platform": Case(
        "Dona", "xbox", "Dona", XBOX_ID, "invasion", "review", identity="pc"
    ),
    "unknown-platform-id-of-xbox": Case("Dona", "", "Dona", XBOX_ID, "allowed", "none"),
    "unknown-platform-other-id": Case("Dona", "", "Dona", LONG_ID, "invasion", "review"),
    "pc-same-name": Case("Bandoleiro", "pc", "Bandoleiro", LONG_ID, "invasion", "review"),
    "pc-proven": Case("Bandoleiro", "pc", "Outro", LONG_ID, "allowed", "none", known=LONG_ID),
    "pc-suffix": Case("Bandoleiro", "pc", "Bandoleiro (2)", LONG_ID, "invasion", "review"),
    "pc-suffix-of-two-digits": Case("Bandoleiro", "pc", "Bandoleiro (12)", LONG_ID, "invasion", "review"),
    "pc-suffix-linked": Case("Bandoleiro (2)", "pc", "Bandoleiro", LONG_ID, "invasion", "review"),
    "pc-suffix-known": Case(
        "Bandoleiro", "pc", "Bandoleiro (2)", LONG_ID, "invasion", "review", known=OTHER_ID
    ),
    "modern-without-sign": Case("Lobo Guara#4821", "xbox", "Lobo Guara4821", XBOX_ID, "invasion", "review"),
    "modern-without-number": Case("Lobo Guara#4821", "xbox", "Lobo Guara", XBOX_ID, "invasion", "review"),
    "modern-in-the-log": Case("Lobo Guara", "xbox", "Lobo Guara#4821", XBOX_ID, "invasion", "review"),
    "modern-linked-joined": Case("Lobo Guara4821", "xbox", "lobo guara#4821", XBOX_ID, "invasion", "review"),
    "modern-whole": Case("Lobo Guara#4821", "xbox", "Lobo Guara#4821", XBOX_ID, "allowed", "none"),
    "modern-without-sign-linked-bare": Case(
        "Lobo Guara", "xbox", "Lobo Guara4821", XBOX_ID, "invasion", "review"
    ),
    "modern-linked-whole-logged-bare": Case(
        "Lobo Guara4821", "xbox", "Lobo Guara", XBOX_ID, "invasion", "review"
    ),
    "digits-of-a-known-owner": Case("Lobo", "xbox", "Lobo4821", XBOX_ID, "invasion", "ban", known=OTHER_ID),
    "number-of-ones-own": Case("Rider2007", "xbox", "Rider2008", XBOX_ID, "invasion", "ban"),
    "default-name": Case("Survivor", "xbox", "Survivor", XBOX_ID, "invasion", "review"),
    "default-name-known": Case("Survivor", "pc", "Survivor", LONG_ID, "allowed", "none", known=LONG_ID),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_name_allows_bans_or_is_held(case: Case) -> None:
    server = make_server(platform=case.platform)
    owner_of_a_base(case.linked, server=server, player_id=case.known, platform=case.identity)
    store(server, [incoming(case.seen, player_id=case.player_id)])

    judge_due(server.pk, now=NOW)

    verdict = placed(case.seen)
    assert (verdict.outcome, verdict.action) == (case.outcome, case.action)
    held = verdict.reasons and verdict.reasons["holds"]
    assert held == (["disputed"] if case.action == "review" else [])


@pytest.mark.parametrize("decide", [link_seen_player, tell_apart])
def test_staff_prove_a_name_or_refuse_it(decide: object) -> None:
    server = make_server(platform="pc")
    owner = owner_of_a_base("Bandoleiro", server=server)
    store(server, [incoming("Bandoleiro", player_id=LONG_ID)])
    judge_due(server.pk, now=NOW)

    decide(IdentityConflict.objects.get(), by=owner, now=NOW)  # type: ignore[operator]
    store(server, [incoming("Bandoleiro", player_id=LONG_ID)])
    judge_due(server.pk, now=NOW)

    assert placed("Bandoleiro").action == ("none" if decide is link_seen_player else "ban")


def test_several_people_may_be_meant_and_one_with_a_right_holds_the_ban() -> None:
    server = make_server(platform="pc")
    owner_of_a_base("Lobo", server=server)
    make_player("Lobo#1111", known=False)
    make_player("Lobo (2)", known=False)
    store(server, [incoming("lobo#2222", player_id=LONG_ID)])

    judge_due(server.pk, now=NOW)

    assert placed("lobo#2222").action == "review"
    assert IdentityConflict.objects.count() == 3


def see(server: GameServer, gamertag: str, player: str, *, minutes: float = 0) -> None:
    learn_players(server, [SeenPlayer(gamertag, player, NOW + timedelta(minutes=minutes))])


def test_rename_before_the_first_build_keeps_the_owners_rights_from_who_takes_the_name() -> None:
    server = make_server()
    owner = owner_of_a_base("Dona", server=server)
    see(server, "Dona", XBOX_ID, minutes=-60)
    see(server, "Dona Nova", XBOX_ID, minutes=-50)
    see(server, "Dona", OTHER_ID, minutes=-40)
    store(server, [incoming("Dona Nova", player_id=XBOX_ID), incoming("Dona", player_id=OTHER_ID)])

    judge_due(server.pk, now=NOW)

    assert (placed("Dona Nova").outcome, placed("Dona Nova").user) == ("allowed", owner)
    assert placed("Dona").outcome == "invasion"
    assert set(GamertagUse.objects.values_list("gamertag", flat=True)) == {"Dona", "Dona Nova"}


@pytest.mark.parametrize(
    ("hours_before_link", "is_learned"),
    [(0.0, True), (-1.0, True), (23.9, True), (24.1, False), (999.0, False)],
)
def test_line_from_long_before_the_link_teaches_nothing(
    hours_before_link: float, *, is_learned: bool
) -> None:
    server = make_server()
    owner_of_a_base("Dona", server=server, created_at=NOW)
    at = NOW - timedelta(hours=hours_before_link)

    learn_players(server, [SeenPlayer("Dona", XBOX_ID, at)])

    assert PlayerIdentity.objects.get().player_id == (XBOX_ID if is_learned else None)
    assert find_match(SeenPlayer("Dona", XBOX_ID, at)).user_id is not None or not is_learned
    assert not IdentityConflict.objects.exists() or not is_learned


def test_act_from_long_before_the_link_is_neither_allowed_nor_banned_by_the_name() -> None:
    server = make_server(maximum_age=timedelta(days=30))
    owner_of_a_base("Dona", server=server, created_at=NOW)
    store(server, [incoming("Dona", occurred_at=NOW - timedelta(days=2))])

    judge_due(server.pk, now=NOW)

    assert (placed("Dona").outcome, placed("Dona").reasons["holds"]) == ("invasion", ["disputed"])  # type: ignore[index]


@pytest.mark.parametrize("way", ["link", "relink", "unlink"])
def test_database_keeps_when_a_person_was_linked(way: str) -> None:
    identity = PlayerIdentity.objects.create(
        gamertag="Dona", created_at=NOW - timedelta(days=9), user=None if way == "link" else make_user()
    )
    PlayerIdentity.objects.update(user=None if way == "unlink" else make_user())

    identity.refresh_from_db()
    if way == "unlink":
        assert identity.linked_at is None
    else:
        assert identity.linked_at is not None
        assert identity.linked_at > NOW  # the moment of the test, not of the row


@pytest.mark.parametrize(
    ("player", "is_learned"),
    [pytest.param(None, False, id="waiting"), pytest.param(XBOX_ID, True, id="known")],
)
def test_gamertag_changed_by_hand_is_a_new_link_while_the_player_id_is_unknown(
    player: str | None, *, is_learned: bool
) -> None:
    server = make_server()
    owner_of_a_base("Donna", server=server, player_id=player)
    PlayerIdentity.objects.update(gamertag="Dona")

    see(server, "Dona", XBOX_ID, minutes=-60)

    identity = PlayerIdentity.objects.get()
    assert (identity.player_id is not None) is is_learned
    assert identity.linked_at is not None
    assert (identity.linked_at > NOW) is not is_learned


def test_sighting_on_pc_asks_staff_before_anything_is_built_and_only_about_who_waits() -> None:
    server = make_server(platform="pc")
    waiting = make_player("Bandoleiro", known=False)
    make_player("Conhecida", known=False, player_id=LONG_ID)

    for name in ("Bandoleiro", "Bandoleiro (2)", "Conhecida (2)", "Ninguem"):
        see(server, name, "AAAA" + LONG_ID[4:])

    (conflict,) = IdentityConflict.objects.all()
    assert conflict.identity.user == waiting
    assert conflict.first_seen_at == NOW


def test_learning_takes_the_same_queries_for_any_number_of_players() -> None:
    def queries(tag: str, count: int) -> int:
        server = make_server()
        for number in range(count):
            make_player(f"W{tag}{number}", known=False)
            make_player(f"K{tag}{number}")
        seen = [SeenPlayer(f"W{tag}{n}", player_id(f"W{tag}{n}"), NOW) for n in range(count)]
        seen += [SeenPlayer(f"K{tag}{n}x", player_id(f"K{tag}{n}"), NOW) for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            learn_players(server, seen)
        return len(captured)

    assert queries("a", 1) == queries("b", 30)
    assert not PlayerIdentity.objects.filter(player_id=None).exists()


LOG = """
AdminLog started on 2026-02-07 at 16:00:00
16:01:00 | Player "Dona" (id={one}) is connecting
16:02:00 | Player "Dona" (id={one} pos=<1, 2, 3>) is connected
16:05:00 | ##### PlayerList log: 1 players
16:05:00 | Player "Dona" (id={one} pos=<5001, 3001, 12>)
16:05:00 | #####
16:30:00 | Player "Zumbi" (id={two} pos=<1, 2, 3>)[HP: 90] hit by Player "Vizinha" (id={three} pos=<1, 2, 3>) into Head
16:40:00 | Player "Dona Nova" (id={one} pos=<5045, 3000.1, 12.5>) placed Fence Kit<FenceKit>
16:41:00 | Player "Vizinha Nova" (id={three} pos=<5045, 3000.1, 12.5>) placed Fence Kit<FenceKit>
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_name_is_known_however_the_log_is_stored(tmp_path: Path, encoding: str) -> None:
    server = make_server()
    owner_of_a_base("Tião Trovão", server=server)
    path = tmp_path / "a.ADM"
    text = f"{header('2026-02-07 16:00:00')}\n{line('16:40:00', 'Tião Trovão')}\n"
    path.write_bytes(text.encode(encoding))

    import_file(server, path)
    judge_due(server.pk, now=NOW)

    assert placed("Tião Trovão").outcome == "allowed"


def test_every_line_of_a_log_teaches(tmp_path: Path) -> None:
    server = make_server()
    owner_of_a_base("Dona", server=server)
    neighbour = make_player("Vizinha", known=False)
    path = tmp_path / "a.ADM"
    path.write_text(LOG.format(one=XBOX_ID, two=OTHER_ID, three=player_id("Vizinha")), encoding="utf-8")

    import_file(server, path)
    judge_due(server.pk, now=NOW)

    verdicts = dict(Placement.objects.values_list("gamertag", "outcome"))
    assert verdicts == {"Dona Nova": "allowed", "Vizinha Nova": "invasion"}
    assert placed("Vizinha Nova").user == neighbour


@pytest.mark.parametrize(
    "name",
    ["", "  ", "Survivor", "SURVIVOR", "Ｓurvivor", " survivor (3)", "Survivor#1234", "Unknown/Dead Entity", "?", "-",
     "...", "null", "Player", "ERROR"],
)  # fmt: skip
def test_name_of_nobody_cannot_be_linked(name: str) -> None:
    assert is_placeholder(name)
    identity = PlayerIdentity(user=make_user(), gamertag=name)

    with pytest.raises(ValidationError) as refusal:
        identity.full_clean()

    assert "gamertag" in refusal.value.message_dict
    identity.player_id = XBOX_ID  # the id says who it is, whatever the name
    identity.gamertag = identity.gamertag.strip() or "x"
    identity.full_clean()


@pytest.mark.parametrize("name", ["Dona\u200b", "Do\u00adna", "\u3164", "\u2800", "Dona\u202e"])
def test_name_with_what_nobody_sees_cannot_be_linked(name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        PlayerIdentity(user=make_user(), gamertag=name).full_clean()

    assert "gamertag" in refusal.value.message_dict
    PlayerIdentity(user=make_user(), gamertag=name, player_id=XBOX_ID).full_clean()


@pytest.mark.parametrize("name", ["Survivor1", "Ana", "ß", "Ж", "x", "Survivor Ana", "(2)x", "★"])
def test_name_of_somebody_can_be_linked(name: str) -> None:
    identity = PlayerIdentity(user=make_user(), gamertag=name)
    identity.full_clean()
    identity.save()

    assert PlayerIdentity.objects.get().linked_at is not None


def test_second_link_of_a_name_is_refused_in_words_however_it_is_written() -> None:
    make_player("Dona Ana", known=False)

    with pytest.raises(ValidationError, match="Outra pessoa"):
        PlayerIdentity(user=make_user(), gamertag="ＤＯＮＡ  ana").full_clean()


@pytest.mark.parametrize(
    ("server", "identity", "is_proof"),
    [("", "", True), ("xbox", "", True), ("xbox", "xbox", True), ("pc", "", False), ("", "pc", False),
     ("playstation", "xbox", False)],
)  # fmt: skip
def test_without_an_id_the_question_is_whether_the_name_could_teach(
    server: str, identity: str, *, is_proof: bool
) -> None:
    assert name_is_proof(server=server, identity=identity, player_id="") is is_proof


@pytest.mark.parametrize(
    ("platform", "known", "is_told"), [("pc", False, True), ("pc", True, False), ("xbox", False, False)]
)
def test_who_registers_a_base_on_pc_is_told_what_proves_the_owner(
    platform: str, *, known: bool, is_told: bool
) -> None:
    base = make_base(make_server(platform=platform), make_player("Dona", known=known))

    assert bool(unproven_owner(base)) is is_told


def test_match_names_every_person_in_doubt_once() -> None:
    assert Match(None, 1, (2, 3)).doubtful_ids == (1, 2, 3)
    assert Match(4).doubtful_ids == ()
