"""What staff do about appeals: who may, what granting undoes, and what the slower of two hears."""

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from announcements.models import Announcement
from announcements.tests.factories import make_channel
from clans.models import User
from justice.appeals import appeal_context
from justice.models import Appeal, AppealMessage
from justice.services.appeals import add_words, grant, keep
from justice.tests.pages import html, make_staff, signed_in, waiting
from justice.tests.rows import appeal_of, make_banned, make_owner
from territory.models import Ban, BanDelivery, Case, Infraction, PlayerIdentity
from territory.services.deciding import confirm_case
from territory.tests.factories import (
    ban_by_hand,
    make_ban_list,
    make_base,
    make_case,
    make_delivery,
    make_infraction,
    make_server,
    make_user,
)

pytestmark = pytest.mark.django_db
State, Lift = Appeal.State, Ban.LiftKind
ACTS = ("reply", "grant", "keep")


@pytest.fixture
def ban(db: None) -> Ban:
    return make_banned()


def address(ban: Ban, act: str) -> str:
    return f"/cases/{ban.cases.latest('pk').pk}/appeal/{act}/"


def decide(person: User | None, ban: Ban, act: str, **fields: object) -> HttpResponse:
    given = {"text": "Resposta", "kind": "mistake"} | fields
    return signed_in(person).post(address(ban, act), given)  # type: ignore[return-value]


def panel(reader: User, ban: Ban) -> str:
    """What the page of the case includes."""
    request = RequestFactory().get("/", headers={"accept-language": "en"})
    request.user = reader
    return render_to_string("justice/_appeal.html", appeal_context(ban.cases.latest("pk"), reader), request)


# -- Who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["visitor", "member", "staff", "reader", "owner"])
def test_acts_are_for_staff_who_decide(ban: Ban, who: str) -> None:
    people = {"owner": make_owner(ban), "visitor": None}
    person = people[who] if who in people else make_user(is_staff=who != "member")
    if who == "reader" and person:
        person.user_permissions.set(Permission.objects.filter(codename__in=["view_case", "view_appeal"]))
    appeal = appeal_of(ban)
    for act in ACTS:
        assert decide(person, ban, act).status_code == (404 if person else 302)
    appeal.refresh_from_db()
    assert (appeal.state, appeal.messages.count()) == (State.OPEN, 1)


def test_case_without_an_appeal_has_nothing_to_answer(ban: Ban) -> None:
    staff, other = make_staff(), appeal_of(make_banned(make_server()))
    for act in ACTS:
        assert decide(staff, ban, act).status_code == 404
        assert decide(staff, ban, act, appeal=other.pk).status_code == 404


@pytest.mark.parametrize("by_hand", [True, False], ids=["banned by hand", "confirmed the case"])
def test_who_banned_does_not_decide(by_hand: bool) -> None:  # noqa: FBT001
    banner, other = make_staff(), make_staff()
    if by_hand:
        ban = ban_by_hand(make_server(), by=banner)
    else:
        server = make_server()
        confirm_case(waiting(server, make_base(server, make_user())), by=banner, reason="claro")
        ban = Ban.objects.get()
    appeal = appeal_of(ban)
    for act in ("grant", "keep"):
        assert decide(banner, ban, act).status_code == 403
    assert "You banned this player." in panel(banner, ban)
    assert "/appeal/grant/" not in panel(banner, ban)
    assert decide(banner, ban, "reply").status_code == 302
    assert "/appeal/grant/" in panel(other, ban)
    assert decide(other, ban, "grant").status_code == 302
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by) == (State.GRANTED, other)


def test_who_banned_decides_where_the_server_says_so() -> None:
    banner, _other = make_staff(), make_staff()
    ban = ban_by_hand(make_server(appeals_by_others=False), by=banner)
    appeal_of(ban)
    assert decide(banner, ban, "keep").status_code == 302
    assert not Appeal.objects.filter(state=State.OPEN).exists()


def test_staff_of_one_person_decides_and_the_page_says_so() -> None:
    banner = make_staff()
    make_user(is_staff=True)  # without the right
    make_staff(is_active=False)
    ban = ban_by_hand(make_server(), by=banner)
    appeal_of(ban)
    assert "because nobody else on staff can" in panel(banner, ban)
    assert decide(banner, ban, "grant").status_code == 302
    assert Appeal.objects.get().state == State.GRANTED


def test_nobody_decides_an_appeal_of_their_own(ban: Ban) -> None:
    staff = make_staff()
    PlayerIdentity.objects.create(user=staff, gamertag="Invasor", player_id=ban.player_id)
    appeal_of(ban)  # by link, yet the player is on staff
    for act in ("grant", "keep"):
        assert decide(staff, ban, act).status_code == 403
    assert "You are the banned player." in panel(staff, ban)


# -- What follows ---------------------------------------------------------------------------------------------------


def test_granting_a_mistake_undoes_everything_everywhere(ban: Ban) -> None:
    make_ban_list(ban.server)
    delivery = make_delivery(ban, state=BanDelivery.State.APPLIED)
    second = make_infraction(
        ban.server,
        make_base(ban.server, make_user(), x=9000.0),
        ban=ban,
        infraction_type="forbidden_item",
        case=make_case(ban.server, ban=ban, kind="forbidden_item"),
    )
    staff, appeal = make_staff(), appeal_of(ban, make_owner(ban))
    assert decide(staff, ban, "grant", appeal=appeal.pk).status_code == 302
    for row in (ban, delivery, second, appeal):
        row.refresh_from_db()
    assert (ban.lift_kind, ban.lifted_by) == (Lift.MISTAKE, staff)
    assert delivery.state == BanDelivery.State.LIFTING
    assert {*Infraction.objects.values_list("status", flat=True)} == {"lifted"}
    assert {*Case.objects.values_list("state", flat=True)} == {"lifted"}
    assert not Infraction.objects.on_the_wall().exists()
    assert appeal.state == State.GRANTED
    page = html(signed_in(appeal.person), f"/me/bans/{ban.pk}/")
    assert "Resposta" in page
    assert "The ban is lifted everywhere: off the ban lists, the wall and your record" in page
    assert staff.username not in page


def test_granting_in_mercy_leaves_the_act_on_the_wall(ban: Ban) -> None:
    appeal_of(ban)
    assert decide(make_staff(), ban, "grant", kind="mercy").status_code == 302
    ban.refresh_from_db()
    assert ban.lift_kind == Lift.MERCY
    assert Infraction.objects.on_the_wall().count() == 1


@pytest.mark.parametrize("kind", ["", "expired", "superseded", "x"])
def test_granting_is_a_mistake_or_mercy(ban: Ban, kind: str) -> None:
    appeal_of(ban)
    assert decide(make_staff(), ban, "grant", kind=kind).status_code == 200
    assert Appeal.objects.get().state == State.OPEN


def test_keeping_answers_and_closes(ban: Ban) -> None:
    staff, appeal = make_staff("ju-sniper"), appeal_of(ban)
    assert decide(staff, ban, "keep", text="Base de outra pessoa").status_code == 302
    appeal.refresh_from_db()
    ban.refresh_from_db()
    assert (appeal.state, appeal.decided_by, ban.lifted_at) == (State.KEPT, staff, None)
    words = panel(make_staff(), ban)
    assert "Base de outra pessoa" in words
    assert "ju-sniper" in words
    assert "<form" not in words


@pytest.mark.parametrize("text", ["", "W" * 2001])
def test_acts_need_words(ban: Ban, text: str) -> None:
    appeal_of(ban)
    staff = make_staff()
    for act in ACTS:
        decide(staff, ban, act, text=text)
    assert (Appeal.objects.get().state, AppealMessage.objects.count()) == (State.OPEN, 1)


def test_questions_say_what_follows(ban: Ban) -> None:
    appeal_of(ban)
    make_delivery(ban)
    browser = signed_in(make_staff())
    page = html(browser, address(ban, "grant"))
    for words in ("The line on 1 ban list goes.", "1 case rests on this ban", "leaves the wall"):
        assert words in page
    assert "The ban stays" in html(browser, address(ban, "keep"))


# -- Two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["grant", "keep"])
def test_the_slower_of_two_gets_409_with_who_did_what(ban: Ban, first: str) -> None:
    quick, slow, appeal = make_staff("ju-sniper"), make_staff(), appeal_of(ban)
    assert decide(quick, ban, first, appeal=appeal.pk).status_code == 302
    for act in ACTS:
        answer = decide(slow, ban, act, appeal=appeal.pk)
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "ju-sniper" in page
        assert ("granted" if first == "grant" else "the ban stays") in page
    appeal.refresh_from_db()
    assert (appeal.decided_by, appeal.messages.count()) == (quick, 2)


def test_decision_about_an_appeal_that_gave_way_is_refused(ban: Ban) -> None:
    stranger = appeal_of(ban)
    appeal_of(ban, make_owner(ban))
    assert decide(make_staff(), ban, "keep", appeal=stranger.pk).status_code == 409
    assert Appeal.objects.filter(state=State.OPEN).count() == 1


# -- The panel on the case's page -----------------------------------------------------------------------------------


def test_panel_marks_appeals_by_link_and_tells_names_to_staff(ban: Ban) -> None:
    appeal = appeal_of(ban, text="<b>Olá</b>")
    add_words(appeal, "Oi", by=make_staff("ju-sniper"), is_staff=True)
    words = panel(make_staff(), ban)
    assert "perhaps not the player" in words
    assert "ju-sniper" in words
    assert "&lt;b&gt;Olá&lt;/b&gt;" in words
    keep(appeal, "Fica", by=make_staff())
    appeal_of(ban, make_owner(ban))
    words = panel(make_staff(), ban)
    assert "A proven link says" in words
    assert "1 earlier appeal" in words


def test_panel_is_empty_without_an_appeal(ban: Ban) -> None:
    assert panel(make_staff(), ban).strip() == ""


def test_ban_without_a_case_is_lifted_as_well(ban: Ban) -> None:
    ban.cases.update(ban=None)
    Infraction.objects.update(ban=None)
    grant(appeal_of(ban), "Erro nosso", kind=Lift.MERCY, by=make_staff())
    ban.refresh_from_db()
    assert ban.lift_kind == Lift.MERCY


def test_granting_tells_the_channels_that_announced_it() -> None:
    for audience in ("public", "staff"):
        make_channel(audience, audience=audience)
    ban = ban_by_hand(make_server())
    Announcement.objects.update(state=Announcement.State.SENT)
    grant(appeal_of(ban), "Erro nosso", kind=Lift.MISTAKE, by=make_staff())
    told = Announcement.objects.filter(key__startswith="pardon-").values_list("channel__name", flat=True)
    assert {*told} == {"public", "staff"}


def test_page_of_the_case_shows_the_appeal_to_staff_and_the_way_to_the_player(ban: Ban) -> None:
    appeal_of(ban, person := make_owner(ban), text="Palavras da apelação")
    address = f"/cases/{ban.cases.latest('pk').pk}/"
    of_staff, own = (html(signed_in(reader), address) for reader in (make_staff(), person))
    assert "Palavras da apelação" in of_staff
    assert "/appeal/grant/" in of_staff
    assert "/appeal/" not in own
    assert f"/me/bans/{ban.pk}/" in own


# -- In the queue -----------------------------------------------------------------------------------------------------


def test_appeal_is_read_and_decided_in_the_queue_and_the_next_opens(ban: Ban, client: Client) -> None:
    first, second = appeal_of(ban), appeal_of(make_banned(ban.server, "Outro"), text="Eu também")
    client.force_login(make_staff())
    page = client.get(f"/review/appeal/{first.pk}/").content.decode()
    grant_url = f"{address(ban, 'grant')}?from=queue"
    assert "Foi engano" in page
    assert f'href="{grant_url}"' in page
    asked = client.get(grant_url).content.decode()
    assert f'href="/review/appeal/{first.pk}/"' in asked  # cancel

    answer = client.post(grant_url, {"text": "Pois é", "kind": "mistake", "appeal": first.pk})

    assert answer.headers["Location"] == f"/review/appeal/{second.pk}/"
