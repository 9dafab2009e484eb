"""Stories of justice in a real browser: from a foreign base to the ban, its appeal and its end, and a moderator's queue."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from announcements.services import deliver_due as send_announcements
from announcements.tests.factories import PATH, make_channel
from clans.models import User
from local.demo.replay import header, log_name
from territory.ban_codes import code_of
from territory.models import Ban, BanDelivery, Base, Case, GameServer, Placement
from territory.services import deliveries, judging, logs, reconciling
from territory.services.ban_links import ban_link, ban_token
from territory.tests.factories import make_base, make_infraction, make_server, player_id
from tests.browser.people import Tell, Visit, Visitor, player

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOREIGN = "ALGUEM  // à mão\n"
FINE, REFUSED, FORBIDDEN = 200, 404, 403


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    """A game server with a log folder and a ban list, in which somebody has written by hand."""
    cache.clear()  # counts of appeals and of sign-ins
    (tmp_path / "logs").mkdir()
    (tmp_path / "ban.txt").write_text(FOREIGN, encoding="utf-8")
    folder, ban_list = tmp_path / "logs", tmp_path / "ban.txt"
    return make_server(
        slug="sul", name="Sul", time_zone="UTC", log_folder=folder, ban_list=ban_list, border_margin_m=6
    )


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, player("Nando"), name="Fortaleza")


@pytest.fixture
def discord(httpserver: HTTPServer, site: str, settings: Settings) -> HTTPServer:
    """A channel's webhook on this machine; what is announced there links to the site."""
    settings.SITE_URL = site
    httpserver.expect_request(PATH, method="POST").respond_with_json({})
    make_channel(webhook_url=httpserver.url_for(PATH))
    return httpserver


def moderator(name: str) -> User:
    person = player(name)
    person.is_staff = True
    person.save()
    person.groups.add(Group.objects.get(name="moderator"))
    return person


def play(server: GameServer, *lines: str) -> None:
    """Let the game write a log, and all follow that the workers would do."""
    now = timezone.now()
    text = header(now - timedelta(minutes=9)) + "".join(
        f"{now - timedelta(minutes=5):%H:%M:%S} | {line}\n" for line in lines
    )
    source = server.log_sources.get()
    Path(source.address, log_name(now)).write_text(text, encoding="utf-8")
    list(logs.follow_source(source))
    judging.judge_due(server.pk, now=timezone.now())
    work(server)


def work(server: GameServer) -> None:
    """Carry out the deliveries, read the ban list back, and send what is announced, as the workers do."""
    deliveries.deliver_due()
    reconciling.reconcile(server.ban_lists.get().pk)
    send_announcements()


def act(name: str, place: str = "5030.0, 3010.0, 140.0") -> str:
    return f'Player "{name}" (id={player_id(name)} pos=<{place}>) placed Fence Kit<FenceKit>'


def listed(server: GameServer) -> str:
    return Path(server.ban_lists.get().address).read_text(encoding="utf-8")


def sent(discord: HTTPServer) -> list[str]:
    """Return what the channel was told, message by message."""
    return [request.get_data(as_text=True) for request, _answer in discord.log]


def read_back(ban: Ban) -> str:
    """Return the state of the ban's one delivery, after the list was read anew."""
    delivery = BanDelivery.objects.select_related("ban_list").get(ban=ban)
    assert delivery.ban_list.last_read_at is not None
    assert delivery.ban_list.last_read_at > (delivery.finished_at or delivery.applied_at or timezone.now())
    return delivery.state


async def grant(staff: Visitor, case: Case, words: str) -> None:
    """Grant the appeal on the page of its case, as a mistake."""
    await staff.go(f"/cases/{case.pk}/")
    await staff.press("Lift the ban…", role="link")
    await staff.reads(
        "As a mistake: it leaves the wall, the record and the counts of repeats, announced as our error."
    )
    await staff.part("combobox", "Why it is lifted").select_option("mistake")
    await staff.fill("Answer to the player", words)
    await staff.press("Grant")
    await staff.reads("Granted. The ban is lifted everywhere, and the player reads why.")


def test_banned_player_appeals_and_another_moderator_grants(
    server: GameServer, base: Base, discord: HTTPServer, visit: Visit, tell: Tell
) -> None:
    player("Caio"), moderator("Edu")
    play(server, act("Caio"))
    ban, case = Ban.objects.get(), Case.objects.get()
    code = code_of(ban.pk)
    assert listed(server).startswith(f"{FOREIGN}{player_id('Caio')}")
    assert read_back(ban) == "applied"
    (told,) = sent(discord)
    assert code in told
    assert ban_link(ban.pk) in told

    async def appeal() -> None:
        async with visit() as stranger:
            await stranger.go(f"/wall?q={code}")
            assert "Caio" in await stranger.text()
            assert (
                await stranger.status_of(f"/cases/{case.pk}/") == FINE
            )  # the page to sign in, of which follows nothing
        async with visit("Caio", language="pt-BR") as caio:
            await caio.go("/me/bans/")  # his only ban opens at once
            await caio.reads("%(player)s, you were banned from %(server)s", player="Caio", server="Sul")
            await caio.reads("Ban %(code)s", code=code)
            await caio.reads_not("Nando", "5030")
            await caio.fill("What happened?", "O Nando me chamou.")
            await caio.press("Appeal")
            await caio.reads("Received. A person will read it.")
            assert await caio.status_of(f"/cases/{case.pk}/appeal/grant/", method="POST") == REFUSED
        async with visit("Edu", language="pt-BR") as edu:
            await edu.go("/review/")
            assert "“O Nando me chamou.”" in await edu.text()
            await grant(edu, case, "Você tem razão: era convidado.")

    async def read_the_answer() -> None:
        async with visit("Caio", language="pt-BR") as caio:
            await caio.go(f"/me/bans/{ban.pk}/")
            await caio.reads("This ban is over")
            await caio.reads("Você tem razão: era convidado.")
            await caio.reads_not("Edu")
        async with visit() as stranger:
            for address in ("/wall", f"/wall?q={code}", "/wall/feed/"):
                await stranger.go(address)
                assert "Caio" not in await stranger.tab.content(), address

    tell(appeal)
    work(server)
    assert listed(server) == FOREIGN
    assert read_back(ban) == "lifted"
    _accused, taken_back = sent(discord)
    assert "Caio" in taken_back
    tell(read_the_answer)


def test_whoever_has_the_signed_link_appeals_and_who_confirmed_does_not_decide(
    full_form: None, server: GameServer, base: Base, visit: Visit, tell: Tell
) -> None:
    moderator("Ju"), moderator("Edu")
    # At the edge: the rule asks a person.
    play(server, act("Caio", "5097.0, 3000.0, 140.0"))
    case = Case.objects.get()
    assert Placement.objects.get().action == "review"

    async def confirm() -> None:
        async with visit("Ju") as ju:
            await ju.go("/review/")
            await ju.press("Confirm and ban…", of="C")
            await ju.reads("This is what happens")
            await ju.fill("Reason", "Está na cerca.")
            await ju.press("Confirm and ban", of="C")

    async def appeal() -> None:
        link = f"/appeals/{ban_token(ban.pk)}/"
        async with visit() as caio:
            await caio.go(f"{link[:-2]}x/", status=REFUSED)
            await caio.go(link)
            await caio.reads_not("Nando", "Ju", "5097")
            await caio.fill("What happened?", "Eu estava do lado de fora.")
            await caio.press("Appeal")
            await caio.reads("Keep this address")
            thread = caio.tab.url
            async with visit() as other:
                await other.go(link)
                await other.reads_not("Eu estava do lado de fora.")
            async with visit("Ju") as ju:
                await ju.go(f"/cases/{case.pk}/")
                await ju.reads("by link")
                assert await ju.part("link", "Lift the ban…").count() == 0
                assert await ju.status_of(f"/cases/{case.pk}/appeal/grant/", method="POST") == FORBIDDEN
            async with visit("Edu") as edu:
                await grant(edu, case, "A posição estava errada.")
            await caio.go(thread)
            await caio.reads("A posição estava errada.")
            await caio.reads("This ban is over")

    tell(confirm)
    work(server)
    ban = Ban.objects.get()
    assert player_id("Caio") in listed(server)
    tell(appeal)
    work(server)
    assert listed(server) == FOREIGN


def test_moderator_settles_the_queue_by_keyboard_alone(
    full_form: None, server: GameServer, base: Base, visit: Visit, tell: Tell
) -> None:
    moderator("Ju")
    for name in ("Ana", "Bia", "Caio", "Davi"):
        make_infraction(server, base, gamertag=name, status="review")

    async def story() -> None:
        async with visit("Ju") as ju:
            keys, title = ju.tab.keyboard, ju.tab.locator("#qd")

            async def press(key: str) -> None:
                async with ju.tab.expect_navigation():
                    await keys.press(key)

            await ju.go("/review/")
            for key, name in (("j", "Bia"), ("j", "Caio"), ("k", "Bia"), ("k", "Ana")):
                await press(key)
                assert name in await title.inner_text()
            await keys.press("1")
            await press("d")
            assert "Bia" in await title.inner_text()
            await press("u")
            await ju.reads("Undone: everything is as before, everywhere.")
            assert "Ana" in await title.inner_text()
            await press("s")
            await press("c")
            await ju.reads("This is what happens")
            await keys.press("c")  # without a reason it only asks for one
            await keys.type("Invasão clara")
            await keys.press("Escape")
            await press("c")
            assert "Caio" in await title.inner_text()

    tell(story)
    states = dict(Case.objects.values_list("gamertag", "state"))
    assert states == {"Ana": "waiting", "Bia": "confirmed", "Caio": "waiting", "Davi": "waiting"}
    assert Ban.objects.get().gamertag == "Bia"
