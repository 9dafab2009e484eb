from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from announcements.models import Announcement, Channel
from clans.models import AccountLink, User
from justice.models import Appeal, AppealMessage, QueueMark
from justice.queue import PAGE, QueueChoice, queue_page
from justice.tests.pages import REVIEW, html, item, make_staff, read, said, signed_in, waiting
from territory.ban_codes import code_of
from territory.models import Base, Case, GameServer, IdentityConflict, Infraction, PlayerIdentity
from territory.services.deciding import confirm_case
from territory.tests.factories import (
    NOW,
    make_ban,
    make_case,
    make_delivery,
    make_infraction,
    make_placement,
    make_player,
    make_server,
    make_user,
    player_id,
)

HOSTILE = "<script>alert(1)</script>\u202e"


def one_of_each(server: GameServer, base: Base) -> None:
    """One thing of each kind that waits."""
    waiting(server, base, "Bigode")
    ban = make_ban(server, "Farofa")
    make_case(server, base, ban=ban, gamertag="Farofa")
    appeal = Appeal.objects.create(ban=ban)
    AppealMessage.objects.create(appeal=appeal, text="Fui chamado")
    linked = make_player("Lobo")
    IdentityConflict.objects.create(
        identity=PlayerIdentity.objects.get(user=linked),
        player_id=player_id("outro"),
        gamertag="Lobo",
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    AccountLink.objects.create(user=make_user("pedinte"), kind="gamertag", key="onça", name="Onça")
    make_delivery(ban, state="failed", last_error="503")
    channel = Channel.objects.create(name="equipe", audience="staff", webhook_url="https://discord.example/x")
    Announcement.objects.create(channel=channel, key="k", message={"title": "Player banned"}, state="failed")
    make_server(slug="norte", name="Norte", tripped_at=NOW, tripped_because="21 bans")
    loose = make_ban(server, "Fantasma")
    make_delivery(loose, state="applied", applied_at=timezone.now() - timedelta(days=2))
    make_placement(server, gamertag="Fantasma")


def test_everything_that_waits_stands_in_the_queue_and_is_counted(
    desk: Client, server: GameServer, base: Base
) -> None:
    one_of_each(server, base)
    page = read(desk, REVIEW)
    for words in (
        "8 cases are waiting for you",
        "Bigode",
        "appeals against the ban B-",
        "“Fui chamado”",
        "gamertag with another id",
        "says that Onça is theirs",
        "ban not delivered",
        "“Player banned” was not announced",
        "stopped banning by itself",
        "was seen in the game although the ban",
    ):
        assert words in page
    home = html(desk, "/")
    assert "8 cases are waiting for you" in home
    assert f'href="{REVIEW}"' in home


def test_an_appeal_leads_to_its_case_where_it_is_answered(
    desk: Client, server: GameServer, base: Base
) -> None:
    one_of_each(server, base)
    address = reverse("case", args=[Case.objects.get(gamertag="Farofa").pk])
    appeal = reverse("review-item", args=["appeal", Appeal.objects.get().pk])
    assert f'href="{address}"' in html(desk, appeal)
    assert "Fui chamado" in read(desk, address)


def test_an_empty_queue_says_so(desk: Client) -> None:
    assert "The queue is clear. Well done." in read(desk, REVIEW)


def test_the_oldest_stands_first_whatever_its_kind(desk: Client, server: GameServer, base: Base) -> None:
    one_of_each(server, base)
    Case.objects.filter(gamertag="Bigode").update(waiting_since=timezone.now() + timedelta(seconds=1))
    page = queue_page(User.objects.get(username="ju"), QueueChoice(), now=timezone.now())
    assert [line.item.since for line in page.lines] == sorted(line.item.since for line in page.lines)
    assert page.lines[-1].item.name == "Bigode"


def test_pages_walk_through_a_thousand_cases_without_a_gap(ju: User, server: GameServer, base: Base) -> None:
    many(server, base, 130)
    now, seen, position = timezone.now(), list[int](), None
    while True:
        page = queue_page(ju, QueueChoice(), now=now, after=position)
        seen += [line.item.pk for line in page.lines]
        if page.newer is None:
            break
        position = page.newer
    assert len(seen) == len(set(seen)) == 130
    assert page.older
    back = queue_page(ju, QueueChoice(), now=now, before=page.older)
    assert [line.item.pk for line in back.lines] == seen[-len(page.lines) - PAGE : -len(page.lines)]


def many(server: GameServer, base: Base, count: int) -> None:
    """So many waiting cases, several at the same moment."""
    cases = Case.objects.bulk_create(
        Case(
            server=server,
            base=base,
            base_name=base.name,
            gamertag=f"Invasor {number}",
            player_id=player_id(str(number)),
            kind="territory_invasion",
            state="waiting",
            waiting_since=NOW + timedelta(minutes=number // 3),
            last_act_at=NOW,
        )
        for number in range(count)
    )
    Infraction.objects.bulk_create(
        Infraction(
            server=server,
            case=case,
            from_old_system=True,
            infraction_type="territory_invasion",
            status="review",
            gamertag=case.gamertag,
            player_id=case.player_id,
            item="FenceKit",
            base=base,
            base_name=base.name,
            occurred_at=NOW,
        )
        for case in cases
    )


def test_a_thousand_cases_take_as_many_queries_as_one(
    desk: Client, server: GameServer, base: Base, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(server, base, 1)
    with django_assert_max_num_queries(100) as one:
        read(desk, REVIEW)
    many(server, base, 999)
    with django_assert_max_num_queries(len(one)):
        page = read(desk, REVIEW)
    assert "1,000 cases are waiting for you" in page
    assert page.count("Invasor ") < 2 * PAGE


def test_a_choice_narrows_the_queue(ju: User, server: GameServer, base: Base) -> None:
    waiting(server, base, "Ana")
    waiting(make_server(slug="norte"), base, "Beto")
    for choice, names in [
        (QueueChoice(), {"Ana", "Beto"}),
        (QueueChoice(server="norte"), {"Beto"}),
        (QueueChoice(q="bet"), {"Beto"}),
        (QueueChoice(q=player_id("Ana")), {"Ana"}),
        (QueueChoice(kind="appeal"), set()),
        (QueueChoice(kind="review", q="bet"), {"Beto"}),
    ]:
        page = queue_page(ju, choice, now=timezone.now())
        assert {line.item.name for line in page.lines} == names, choice


def test_odd_choices_are_ignored(desk: Client, server: GameServer, base: Base) -> None:
    waiting(server, base, "Ana")
    for query in ({"server": "nowhere", "q": "\x00"}, {"after": "nonsense~review~1"}):
        assert "Ana" in read(desk, REVIEW, **query)
    assert "Ana" not in read(desk, REVIEW, server="sul", q="beto")


@pytest.mark.parametrize("by", ["code", "spoken code", "infraction", "case"])
def test_a_search_finds_a_settled_case(
    desk: Client, ju: User, server: GameServer, base: Base, by: str
) -> None:
    case = waiting(server, base, "Ana")
    confirm_case(case, by=ju, reason="x")
    case.refresh_from_db()
    assert case.ban_id is not None
    code = code_of(case.ban_id)
    texts = {
        "code": code,
        "spoken code": code.lower().replace("-", " "),
        "infraction": f"#{case.infractions.get().pk}",
        "case": str(case.pk),
    }
    assert f'href="{reverse("case", args=[case.pk])}"' in html(desk, REVIEW, q=texts[by])


def test_hostile_names_and_texts_are_shown_as_they_are(desk: Client, server: GameServer, base: Base) -> None:
    case = waiting(server, base, HOSTILE)
    for address in (REVIEW, item(case), reverse("case", args=[case.pk])):
        page = html(desk, address)
        assert "<script>alert" not in page
        assert "alert(1)" in page


# -- Who looks, and who went on -----------------------------------------------------------------------------------


def test_others_read_who_looks_and_can_still_decide(desk: Client, server: GameServer, base: Base) -> None:
    case = waiting(server, base)
    read(desk, item(case))
    other = signed_in(make_staff("rafa", display_name="Rafa Mota"))
    page = read(other, item(case))
    assert "Ju Sniper is looking at this. You can still decide." in page
    assert "Dismiss" in page
    assert "Ju Sniper is looking" in read(other, REVIEW)
    QueueMark.objects.update(looked_at_until=timezone.now())
    assert "is looking" not in read(other, REVIEW)


def test_a_look_lasts_two_minutes_and_is_renewed_by_its_owner_alone(
    desk: Client, server: GameServer, base: Base
) -> None:
    case = waiting(server, base)
    address = reverse("review-look", args=["review", case.pk])
    assert desk.post(address).status_code == 204
    first = QueueMark.objects.get().looked_at_until
    assert first is not None
    assert timedelta(minutes=1) < first - timezone.now() <= timedelta(minutes=2)
    signed_in(make_staff("rafa")).post(address)
    mark = QueueMark.objects.get()
    assert (str(mark.looked_at_by), mark.looked_at_until) == ("Ju Sniper", first)


def test_who_skips_takes_only_their_own_look_back(desk: Client, server: GameServer, base: Base) -> None:
    case, looker = waiting(server, base), signed_in(make_staff("rafa", display_name="Rafa Mota"))
    looker.post(reverse("review-look", args=["review", case.pk]))
    desk.post(reverse("review-skip", args=["review", case.pk]))
    assert str(QueueMark.objects.get().looked_at_by) == "Rafa Mota"
    looker.post(reverse("review-skip", args=["review", case.pk]))
    assert QueueMark.objects.get().looked_at_by is None


def test_skipping_counts_and_goes_on_to_the_next(desk: Client, server: GameServer, base: Base) -> None:
    first, second = waiting(server, base, "Ana"), waiting(server, base, "Beto")
    answer = desk.post(reverse("review-skip", args=["review", first.pk]))
    assert answer["location"] == item(second)
    assert "skipped 1 time" in read(desk, REVIEW)
    assert desk.post(reverse("review-skip", args=["review", second.pk]))["location"] == item(first)


def test_a_case_that_waits_no_more_leads_to_its_page(
    desk: Client, ju: User, server: GameServer, base: Base
) -> None:
    case = waiting(server, base)
    confirm_case(case, by=ju, reason="x")
    assert desk.get(item(case))["location"] == reverse("case", args=[case.pk])
    assert desk.get(reverse("review-item", args=["delivery", 1]))["location"] == REVIEW


# -- Deliveries and announcements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["failed", "foreign"])
def test_a_delivery_is_tried_again_here(desk: Client, server: GameServer, state: str) -> None:
    lifted = datetime.now(UTC) if state == "foreign" else None
    delivery = make_delivery(make_ban(server, lifted_at=lifted), state=state, attempts=6, last_error="503")
    address = reverse("review-item", args=["delivery", delivery.pk])
    assert "6 attempts" in read(desk, address)
    assert desk.post(reverse("review-retry", args=["delivery", delivery.pk])).status_code == 302
    delivery.refresh_from_db()
    assert delivery.state == ("lifting" if lifted else "pending")
    assert delivery.attempts == 0
    assert "The queue is clear" in read(desk, REVIEW)


def test_a_moderator_cannot_retry_announcements(client: Client, server: GameServer, base: Base) -> None:
    one_of_each(server, base)
    client.force_login(make_staff("mod", "moderator"))
    failed = Announcement.objects.get()
    address = reverse("review-retry", args=["announcement", failed.pk])
    assert client.post(address).status_code == 404
    client.force_login(make_staff("adm", "administrator"))
    assert client.post(address).status_code == 302
    failed.refresh_from_db()
    assert failed.state == "pending"


def test_staff_who_only_read_are_offered_no_decision(client: Client, server: GameServer, base: Base) -> None:
    case = waiting(server, base)
    reader = make_user("leitor", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_case"))
    client.force_login(reader)
    page = said(client.get(item(case)))
    assert "Confirm and ban" not in page
    assert client.post(reverse("case-decide", args=[case.pk, "dismiss"]), {"sure": "1"}).status_code == 404


def test_the_acts_of_a_case_are_shown_in_one_map(desk: Client, server: GameServer, base: Base) -> None:
    case = waiting(server, base)
    for _number in range(3):
        make_infraction(server, base, status="review", case=case)
    assert html(desk, item(case)).count('class="pt invasion"') == 4
