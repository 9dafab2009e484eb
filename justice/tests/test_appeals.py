"""Appeals as their writers see them: who reaches what, what is told to whom, and what is refused."""

from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import NotPossibleError
from justice.models import Appeal, AppealMessage
from justice.services.appeals import (
    MOST_LETTERS,
    MOST_MESSAGES,
    DecidedError,
    add_words,
    grant,
    keep,
    open_appeal,
    settle_appeals,
    thread_token,
)
from justice.tests.pages import html, make_staff, signed_in
from justice.tests.rows import appeal_of, make_banned, make_owner
from justice.views import appeals as views
from territory.models import Ban, Infraction
from territory.services.ban_links import ban_token
from territory.services.deciding import lift_case, undo_act
from territory.tests.factories import SECRETS, ban_by_hand, make_ban, make_server, make_user, player_id

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202e\"'&" + "W" * 300
WORDS = "Sou amigo do dono, pergunte a ele"
State = Appeal.State


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> None:
    cache.clear()


@pytest.fixture
def ban(db: None) -> Ban:
    return make_banned()


def by_link(ban: Ban) -> str:
    return reverse("appeal", args=[ban_token(ban.pk)])


def thread_of(appeal: Appeal) -> str:
    return reverse("appeal-thread", args=[thread_token(appeal)])


def write(client: Client, address: str, text: str = WORDS) -> HttpResponse:
    return client.post(address, {"text": text}, headers={"accept-language": "en"})  # type: ignore[return-value]


# -- By the ban's link ----------------------------------------------------------------------------------------------


def test_link_tells_why_and_nothing_of_places_owners_or_ids(client: Client, ban: Ban) -> None:
    page = html(client, by_link(ban))
    for shown in (
        "you were banned from",
        "Invasor",
        "fence kit",
        "Fortaleza Norte",
        "LGPD, article 20",
        "What happened?",
    ):
        assert shown in page
    base = Infraction.objects.get(ban=ban).base
    assert base is not None
    for secret in (*SECRETS, ban.player_id, "45.0", "5045", "100 m", base.owner.username, "raw"):
        assert secret not in page, secret


def test_link_keeps_its_address_out_of_caches_search_and_other_sites(client: Client, ban: Ban) -> None:
    for address in (by_link(ban), thread_of(appeal_of(ban))):
        answer = client.get(address)
        assert "no-store" in answer["Cache-Control"]
        assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
        assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()


def test_words_by_link_are_for_their_writer_and_staff_alone(client: Client, ban: Ban) -> None:
    answer = write(client, by_link(ban))
    appeal = Appeal.objects.get()
    assert (appeal.by_link, appeal.person) == (True, None)
    assert (answer.status_code, answer["Location"]) == (302, thread_of(appeal))
    own = html(client, answer["Location"])
    assert WORDS in own
    assert "Keep this address" in own
    page = html(Client(), by_link(ban))
    assert WORDS not in page
    assert "Waiting for staff" in page
    assert "What happened?" not in page
    assert WORDS not in html(signed_in(make_owner(ban)), reverse("my-ban", args=[ban.pk]))


def test_writer_reads_the_answer_without_a_name_and_adds_words(client: Client, ban: Ban) -> None:
    appeal = appeal_of(ban)
    add_words(appeal, "Quem é o dono?", by=make_staff("nome-secreto"), is_staff=True)
    page = html(client, thread_of(appeal))
    assert "Quem é o dono?" in page
    assert "nome-secreto" not in page
    assert write(client, thread_of(appeal), "Nando").status_code == 302
    assert list(appeal.messages.values_list("text", "is_staff"))[-1] == ("Nando", False)


@pytest.mark.parametrize("route", ["appeal", "appeal-thread"])
def test_forged_foreign_and_altered_tokens_find_nothing(client: Client, ban: Ban, route: str) -> None:
    appeal = appeal_of(ban)
    number, own, other_salt, path = {
        "appeal": (ban.pk, ban_token(ban.pk), "justice.appeal-thread", "/appeals/%s/"),
        "appeal-thread": (appeal.pk, thread_token(appeal), "territory.ban-link", "/appeals/thread/%s/"),
    }[route]
    forged = [signing.Signer(salt=salt).sign(str(number)) for salt in ("x", other_salt)]
    altered = own.replace(f"{number}:", f"{number + 1}:")
    of_nothing = ban_token(0) if route == "appeal" else thread_token(Appeal(pk=0))
    for token in ("", "1", "1:x", *forged, altered, of_nothing, "é:ü", "x" * 3000):
        for answer in (client.get(path % token), client.post(path % token, {"text": "x"})):
            assert answer.status_code == 404, token
    assert AppealMessage.objects.count() == 1


def test_thread_of_a_proven_player_has_no_address_of_its_own(client: Client, ban: Ban) -> None:
    assert client.get(thread_of(appeal_of(ban, make_owner(ban)))).status_code == 404


def test_hostile_words_are_words(client: Client, ban: Ban) -> None:
    write(client, by_link(ban), HOSTILE)
    page = html(client, thread_of(Appeal.objects.get()))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(
    "text", ["", "  \n ", "W" * (MOST_LETTERS + 1), "a\x00b"], ids=["none", "blank", "long", "nul"]
)
def test_words_that_are_none_or_too_many_open_nothing(client: Client, ban: Ban, text: str) -> None:
    answer = write(client, by_link(ban), text)
    assert answer.status_code == 200
    assert 'class="error"' in answer.content.decode()
    assert not Appeal.objects.exists()


def test_attempts_are_limited_by_address_and_by_ban(
    client: Client, ban: Ban, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_MOST_BY_ADDRESS", 2)
    monkeypatch.setattr(views, "_MOST_BY_BAN", 4)
    assert [write(client, by_link(ban)).status_code for _ in range(3)] == [302, 200, 429]
    statuses = [
        client.post(by_link(ban), {"text": WORDS}, REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(3)
    ]
    assert statuses == [200, 200, 429]


# -- By the proven player -------------------------------------------------------------------------------------------


def test_banned_person_signs_in_finds_the_ban_and_appeals(client: Client, ban: Ban) -> None:
    person = make_owner(ban)
    client.force_login(person)
    address = reverse("my-ban", args=[ban.pk])
    for page in ("home", "profile", "wall"):
        assert f'href="{address}"' in html(client, reverse(page)), page
    answer = client.get(reverse("my-bans"))
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert write(client, address).status_code == 302
    appeal = Appeal.objects.get()
    assert (appeal.by_link, appeal.person) == (False, person)
    assert WORDS in html(client, address)
    assert write(client, address, "Mais uma coisa").status_code == 302
    assert Appeal.objects.count() == 1
    assert [one.text for one in appeal.messages.all()] == [WORDS, "Mais uma coisa"]


@pytest.mark.parametrize("who", ["visitor", "member", "staff", "namesake"])
def test_somebody_elses_ban_is_not_there(ban: Ban, who: str) -> None:
    nameless = make_ban(make_server(), player_id="")
    people = {
        "member": make_user,
        "staff": make_staff,
        "namesake": lambda: make_owner(make_banned(gamertag="Outro")),
    }
    person = people[who]() if who in people else None
    for address in (reverse("my-ban", args=[one.pk]) for one in (ban, nameless)):
        for answer in (signed_in(person).get(address), write(signed_in(person), address)):
            assert answer.status_code == (404 if person else 302)
    assert not Appeal.objects.exists()


def test_person_without_a_ban_reads_so_and_one_with_two_chooses(client: Client, ban: Ban) -> None:
    client.force_login(make_user())
    assert "You are banned from no game server." in html(client, reverse("my-bans"))
    person, second = make_owner(ban), make_banned(make_server(name="Livonia 2"))
    client.force_login(person)
    page = html(client, reverse("my-bans"))
    assert all(reverse("my-ban", args=[one.pk]) in page for one in (ban, second))


def test_proven_player_is_led_from_the_link_to_the_own_page(client: Client, ban: Ban) -> None:
    client.force_login(make_owner(ban))
    for answer in (client.get(by_link(ban)), write(client, by_link(ban))):
        assert (answer.status_code, answer["Location"]) == (302, reverse("my-ban", args=[ban.pk]))
    assert not Appeal.objects.exists()


def test_proven_players_appeal_takes_the_place_of_one_by_link(client: Client, ban: Ban) -> None:
    stranger = appeal_of(ban, text="Palavras do trote")
    person = make_owner(ban)
    client.force_login(person)
    assert "yours takes its place" in html(client, reverse("my-ban", args=[ban.pk]))
    assert write(client, reverse("my-ban", args=[ban.pk])).status_code == 302
    stranger.refresh_from_db()
    assert (stranger.state, stranger.decided_at is None) == (State.REPLACED, False)
    assert Appeal.objects.get(state=State.OPEN).person == person
    assert "this appeal by link is closed" in html(Client(), thread_of(stranger))
    assert "Palavras do trote" not in html(client, reverse("my-ban", args=[ban.pk]))


# -- One at a time, and the pause -----------------------------------------------------------------------------------


def test_one_appeal_is_open_at_a_time(ban: Ban) -> None:
    appeal_of(ban)
    with pytest.raises(NotPossibleError, match="open already"):
        open_appeal(ban, WORDS)
    person = make_owner(ban)
    appeal_of(ban, person)
    for again in (person, None):
        with pytest.raises(NotPossibleError, match="open already"):
            open_appeal(ban, WORDS, person=again)


def test_after_an_answer_one_waits_and_reads_from_when(client: Client, ban: Ban) -> None:
    person = make_owner(ban)
    keep(appeal_of(ban, person), "Fica", by=make_staff())
    client.force_login(person)
    address = reverse("my-ban", args=[ban.pk])
    page = html(client, address)
    assert "You can appeal again" in page
    assert "Fica" in page
    assert "The ban stays, and this appeal is closed." in page
    write(client, address)
    assert Appeal.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        client.force_login(person)
        assert write(client, address).status_code == 302
    assert Appeal.objects.filter(state=State.OPEN).count() == 1


def test_an_answer_to_somebody_with_the_link_does_not_stop_the_player(ban: Ban) -> None:
    keep(appeal_of(ban), "Fica", by=make_staff())
    with pytest.raises(NotPossibleError, match="appeal again from"):
        open_appeal(ban, WORDS)
    assert appeal_of(ban, make_owner(ban)).state == State.OPEN


def test_player_writes_only_so_often(ban: Ban) -> None:
    appeal = appeal_of(ban)
    for _ in range(MOST_MESSAGES - 1):
        add_words(appeal, WORDS, by=None)
    with pytest.raises(NotPossibleError, match="a lot"):
        add_words(appeal, WORDS, by=None)
    add_words(appeal, "Calma", by=make_staff(), is_staff=True)


# -- Bans that are lifted -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["mistake", "mercy", "expired", "superseded"])
def test_lifted_ban_takes_no_appeal_and_says_how_it_was_lifted(client: Client, ban: Ban, kind: str) -> None:
    words = {
        "mistake": "our mistake",
        "mercy": "marked as lifted",
        "expired": "time is over",
        "superseded": "replaced",
    }
    Ban.objects.filter(pk=ban.pk).update(lifted_at=timezone.now(), lift_kind=kind)
    page = html(client, by_link(ban))
    assert words[kind] in page
    assert "Invasor" not in page
    assert "fence kit" not in page
    write(client, by_link(ban))
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("kind", [Ban.LiftKind.MISTAKE, Ban.LiftKind.MERCY])
def test_ban_lifted_otherwise_grants_its_open_appeal_with_a_word(
    client: Client, ban: Ban, kind: Ban.LiftKind
) -> None:
    appeal, staff = appeal_of(ban), make_staff()
    lift_case(ban.cases.get(), by=staff, kind=kind, reason="engano")
    with pytest.raises(DecidedError):
        keep(appeal, "Fica", by=make_staff())
    assert settle_appeals() == 1
    assert settle_appeals() == 0
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by) == (State.GRANTED, staff)
    assert "The ban is lifted everywhere" in html(client, thread_of(appeal)) or kind == Ban.LiftKind.MISTAKE
    assert not AppealMessage.objects.filter(is_staff=True).exists()


def test_ban_whose_time_is_over_closes_the_appeal_by_nobody(ban: Ban) -> None:
    appeal = appeal_of(ban)
    Ban.objects.filter(pk=ban.pk).update(lifted_at=timezone.now(), lift_kind="expired")
    settle_appeals()
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by) == (State.GRANTED, None)


def test_granting_that_is_undone_opens_the_appeal_again(ban: Ban) -> None:
    appeal, staff = appeal_of(ban), make_staff()
    grant(appeal, "Erro nosso", kind=Ban.LiftKind.MISTAKE, by=staff)
    undo_act(ban.cases.get().acts.latest("version"), by=staff, reason="engano")
    assert settle_appeals() == 1
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_at, appeal.decided_by) == (State.OPEN, None, None)


def test_ban_by_staff_says_its_kind_and_reason(client: Client) -> None:
    ban = ban_by_hand(make_server(), "Trapaceiro", reason="Aimbot <b>visto</b>")
    page = html(client, by_link(ban))
    assert "cheating" in page
    assert "Aimbot &lt;b&gt;visto&lt;/b&gt;" in page
    assert "A person on staff decided about this ban." in page
    assert player_id("Trapaceiro") not in page
