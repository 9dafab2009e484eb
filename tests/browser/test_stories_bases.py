"""Stories of bases in a real browser: owner, friend, base admin, clan mate and stranger, by what each of them reads."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from clans.models import ClanMembership
from territory.models import Base, BasePermission, BaseRevision, GameServer, Placement, PlaceQuestion
from territory.tests.factories import (
    join,
    make_base,
    make_clan,
    make_infraction,
    make_placement,
    make_server,
    permit,
)
from tests.browser.people import Tell, Visit, Visitor, player

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TAKEN = "Part of the circle is already taken."
YES, NO = "You may.", "You may not: this is someone else's base."
# A place that nobody types in these stories, in every form in which a page may write it.
HIDDEN_X, HIDDEN_Z, HIDDEN_PLACE = 7312.4, 9184.6, "atrás da igreja velha"
HIDDEN = re.compile(r"(?<![\w.,])(7[.,\u00a0\u202f ]?312|9[.,\u00a0\u202f ]?184)(?!\d)")
NEAR = "7300 / 9200"  # in the hidden base
PAGES = ("/", "/map/", "/territory/", "/wall", "/bases/")


@pytest.fixture
def server() -> GameServer:
    cache.clear()  # counts of questions and of sign-ins
    return make_server(slug="sul", name="Sul")


async def fill_base(owner: Visitor, name: str, centre: str, radius: str = "100") -> None:
    await owner.fill("Name", name)
    await owner.fill("Centre", centre)
    await owner.fill("Radius", radius, role="spinbutton")


async def may_build(person: Visitor, point: str) -> bool:
    """Ask “Can I build here?” and return the answer."""
    await person.go("/bases/check/")
    await person.fill("Point", point)
    await person.press("See the answer")
    head = await person.tab.locator("#answer-head").inner_text()
    answers = [person.words(words) for words in (NO, YES, "You may: there is no base here.")]
    assert head.strip() in answers
    return head.strip() != answers[0]


# -- Owner and friend ---------------------------------------------------------------------------------------------


def test_newcomer_registers_a_base_and_lets_a_friend_build(
    server: GameServer, visit: Visit, tell: Tell
) -> None:
    player("Ana"), player("Bia"), player("Caio")

    async def story() -> None:
        async with visit("Ana", language="pt-BR") as ana:
            await ana.go("/bases/")
            await ana.follow(ana.part("link", "Register a base").first)
            await fill_base(ana, "Toca", "5.000,5 / 3000")
            await ana.press("Register base")
            await ana.reads("Base registered. It counts from now on.")
            await ana.press("Who may", role="link", of="Toca")
            await ana.press("Make a link")
            link = await ana.tab.get_by_label(ana.words("Link of the invitation")).input_value()
            async with visit(language="pt-BR") as bia:
                await bia.go(link)  # and is asked to sign in first
                await bia.sign_in("Bia", to="")
                await bia.press("Accept")
                await bia.reads("You may build in %(base)s from now on.", base="Toca")
                await bia.reads("My bases")
                assert re.search(r"Toca\s+de Ana", await bia.text())
                assert await may_build(bia, "5050 / 3000")
            async with visit("Caio", language="pt-BR") as caio:
                assert not await may_build(caio, "5050 / 3000")
                await caio.go(link)
                await caio.reads("This invitation is over")
            await ana.go(ana.tab.url)
            await ana.reads("%(giver)s let %(person)s build", giver="Ana", person="Bia")

    tell(story)
    base, permission = Base.objects.get(), BasePermission.objects.get()
    assert (base.x, base.z, base.radius_m) == (5000.5, 3000, 100)
    assert (permission.user.username, permission.level) == ("Bia", "build")


def test_owner_marks_a_base_on_the_map_tries_it_and_changes_it(
    full_form: None, server: GameServer, visit: Visit, tell: Tell
) -> None:
    ana, clan = player("Ana"), make_clan("OURO")
    join(clan, ana)
    join(clan, player("Bia"))
    at = timezone.now() - timedelta(days=1)
    acts = [("Ana", "FenceKit"), ("Bia", "FenceKit"), ("Estranho", "FenceKit"), ("Ana", "ShelterKit")]
    for gamertag, item in acts:
        make_placement(server, gamertag=gamertag, item=item, x=7670, z=7680, occurred_at=at)

    async def story() -> None:
        async with visit("Ana") as ana:
            await ana.go("/bases/new/")
            canvas = ana.tab.get_by_role("application")
            await canvas.click()  # in its middle: the middle of the map
            centre = ana.part("textbox", "Centre")
            x, _slash, z = (await centre.input_value()).partition(" / ")
            assert abs(float(x) - 7680) < 60, x
            assert abs(float(z) - 7680) < 60, z
            await canvas.press("Shift+ArrowRight")
            assert float((await centre.input_value()).partition(" / ")[0]) == float(x) + 50
            await fill_base(ana, "Toca", "7680 / 7680", "80")
            await ana.part("combobox", "Clan").select_option("OURO")
            await ana.press("Try it out")
            await ana.reads("Had it counted in the last 7 days…")
            outcomes = await ana.tab.locator("dl.outcomes dd").all_inner_texts()
            assert outcomes == ["2", "1", "1"]  # allowed, strangers, refused
            await ana.reads_not("Estranho")
            await ana.press("Register base")
            await ana.press("Edit", role="link", of="Toca")
            await ana.reads("A change counts from the moment you save.")
            await ana.fill("Radius", "120", role="spinbutton")
            await ana.press("Try it out")
            await ana.reads("What changes from the moment you save")
            await ana.reads(
                "%(what)s: from %(before)s to %(after)s", what="Radius", before="80 m", after="120 m"
            )
            await ana.press("Save")
            await ana.reads("Saved. It counts from now on.")

    tell(story)
    assert Base.objects.get().radius_m == 120
    assert BaseRevision.objects.get().radius_m == 80


def test_taken_circle_is_told_without_a_hint(
    full_form: None, server: GameServer, visit: Visit, tell: Tell
) -> None:
    player("Ana"), hide_base(server)

    async def story() -> None:
        async with visit("Ana") as ana:
            for act in ("Try it out", "Register base"):
                await ana.go("/bases/new/")
                await fill_base(ana, "Toca", "7200 / 9100")
                await ana.press(act)
                assert TAKEN in await ana.tab.get_by_role("alert").inner_text()
                await ana.reads_not("Had it counted", "Fortaleza", "Nando")
                assert not await ana.tab.locator("main svg .pt, main svg .b-clan").count()
        no_secret(ana)

    tell(story)
    assert Base.objects.count() == 1


# -- Those who may build in somebody else's base ------------------------------------------------------------------


def test_base_admin_manages_the_permissions_and_not_the_base(
    full_form: None, server: GameServer, visit: Visit, tell: Tell
) -> None:
    base = make_base(server, player("Ana"), name="Toca")
    own = permit(base, player("Caio"), level="admin", granted_by=base.owner)
    player("Bia")

    async def story() -> None:
        async with visit("Caio") as caio:
            await caio.go("/bases/")
            await caio.press("Who may", role="link", of="Toca")
            await caio.fill("Gamertag or Discord id", "Bia")
            await caio.press("Give permission")
            await caio.reads("%(person)s may build from now on.", person="Bia")
            await caio.press("Take away…", role="link", of="Bia")
            await caio.fill("Why", "saiu do grupo")
            await caio.press("Take the permission away")
            await caio.reads("%(person)s may no longer build by permission.", person="Bia")
            await caio.reads("“saiu do grupo”")
            await caio.go(f"/bases/{base.pk}/")
            await caio.reads("You manage who may build in it; only the owner changes it.")
            assert await caio.tab.locator("main form").count() == 0
            await caio.go(f"/bases/{base.pk}/permissions/")
            for address in (f"/bases/{base.pk}/", f"/bases/{base.pk}/remove/"):
                assert await caio.status_of(address, method="POST") == 404
            await caio.fill("Gamertag or Discord id", "Caio")
            await caio.press("Give permission")
            await caio.reads("Nobody changes their own permission. Ask the owner.")

    tell(story)
    base.refresh_from_db()
    own.refresh_from_db()
    assert (base.removed_at, own.level, own.revoked_at) == (None, "admin", None)
    ended = BasePermission.objects.get(user__username="Bia")
    assert (ended.revoked_at is not None, ended.granted_by) == (True, own.user)


def test_clan_mate_may_build_until_leaving_the_clan(
    full_form: None, server: GameServer, visit: Visit, tell: Tell
) -> None:
    clan = make_clan("OURO")
    base = make_base(server, player("Ana"), name="Mina", clan=clan)
    join(clan, base.owner, role=ClanMembership.Role.COMMANDER)
    join(clan, bia := player("Bia"))

    async def story() -> None:
        async with visit("Bia") as bia:
            await bia.go("/bases/")
            await bia.reads("You may build here as a member of OURO")
            assert await may_build(bia, "5050 / 3000")
            await bia.go("/clans/")
            await bia.follow(bia.tab.get_by_role("link", name="OURO"))
            await bia.follow(bia.tab.get_by_role("link", name=bia.words("Leave")))
            await bia.press("Leave the clan")
            await bia.go("/bases/")
            await bia.reads_not("Mina")
            assert not await may_build(bia, "5050 / 3000")
        async with visit("Ana") as ana:
            await ana.go(f"/clans/{clan.pk}/")
            await ana.follow(ana.tab.get_by_role("link", name=ana.words("Leave")))
            await ana.press("Leave the clan")  # alone, a leader may go

    tell(story)
    assert not ClanMembership.objects.filter(user=bia, left_at=None).exists()


# -- Strangers ----------------------------------------------------------------------------------------------------


def hide_base(server: GameServer) -> Base:
    """Register a base whose place is a secret, with an invasion, a permission and activity in it."""
    owner = player("Nando")
    base = make_base(
        server, owner, name="Fortaleza", place=HIDDEN_PLACE, x=HIDDEN_X, z=HIDDEN_Z, radius_m=87.5, clan=make_clan("OURO")
    )  # fmt: skip
    join(base.clan or make_clan(), owner)
    permit(base, player("Duda"), granted_by=owner)
    infraction = make_infraction(server, base, occurred_at=timezone.now() - timedelta(hours=1))
    Placement.objects.filter(infraction=infraction).update(x=HIDDEN_X + 0.3, z=HIDDEN_Z + 0.3)
    return base


def no_secret(person: Visitor) -> None:
    """See that nothing which reached this browser tells the hidden base's place."""
    for address, body in person.bodies:
        assert not HIDDEN.search(body), (address, HIDDEN.search(body))
        assert HIDDEN_PLACE not in body, address


def test_places_are_found_where_they_are_shown(
    full_form: None, server: GameServer, visit: Visit, tell: Tell
) -> None:
    """The owner's browser gets the place, so the search for it in a stranger's would find it."""
    hide_base(server)

    async def story() -> None:
        async with visit("Nando") as nando:
            await nando.go("/bases/")
        with pytest.raises(AssertionError, match="/bases/"):
            no_secret(nando)

    tell(story)


def test_stranger_gets_yes_or_no_and_no_place(
    full_form: None, server: GameServer, visit: Visit, tell: Tell
) -> None:
    player("Espia")
    base = hide_base(server)
    permission = BasePermission.objects.get()
    numbers = (base.pk, 999_999, 10**18)
    forged = [
        *(f"/bases/{pk}/{rest}" for pk in numbers for rest in ("", "remove/", "permissions/", "activity/")),
        f"/bases/{base.pk}/permissions/{permission.pk}/revoke/",
        f"/bases/check/?base={base.pk}",
        f"/clans/{base.clan_id}/",
        "/staff/verdicts/",
    ]
    posts = [
        f"/bases/{base.pk}/",
        f"/bases/{base.pk}/remove/",
        f"/bases/{base.pk}/permissions/{permission.pk}/revoke/",
        f"/bases/{base.pk}/invitations/",
        f"/clans/invitations/{base.pk}/answer/",
    ]

    async def story() -> None:
        async with visit("Espia") as espia:
            for address in (*PAGES, "/bases/new/", "/map/data", "/clans/"):
                await espia.go(address)
            assert not await may_build(espia, NEAR)
            await espia.reads("We do not say whose it is, nor where its centre lies.")
            await espia.reads_not("Fortaleza", "Nando", "OURO")
            assert await may_build(espia, "1000 / 1000")
            for address in forged:
                await espia.go(address, status=404)
            await espia.go("/bases/new/")
            for address in posts:
                assert await espia.status_of(address, method="POST") == 404, address
            await fill_base(espia, "Isca", NEAR)
            await espia.press("Try it out")
            await espia.reads(TAKEN)
        no_secret(espia)
        assert len(espia.bodies) > len(forged)
        async with visit() as anybody:
            for address in (*PAGES, "/bases/check/"):
                await anybody.go(address)
        no_secret(anybody)

    tell(story)
    permission.refresh_from_db()
    assert permission.revoked_at is None
    assert PlaceQuestion.objects.count() == 3


# -- By keyboard --------------------------------------------------------------------------------------------------


def test_newcomer_gets_there_by_keyboard_on_a_phone(
    full_form: None, server: GameServer, visit: Visit, tell: Tell
) -> None:
    player("Ana"), player("Bia")

    async def story() -> None:
        async with visit("Ana", width=390) as ana:
            await ana.go("/bases/")
            await ana.enter(ana.part("link", "Register a base").first)
            await ana.type_into(ana.part("textbox", "Name"), "Toca")
            await ana.type_into(ana.part("textbox", "Centre"), "5000 / 3000")
            await ana.type_into(ana.part("spinbutton", "Radius"), "75")
            await ana.tab_to(ana.tab.get_by_role("slider"))
            await ana.tab.keyboard.press("ArrowRight")
            await ana.enter(ana.part("button", "Try it out"))
            await ana.reads("No stranger built there.")
            await ana.enter(ana.part("button", "Register base"))
            await ana.reads("Base registered. It counts from now on.")
            await ana.enter(ana.part("link", "Who may", of="Toca"))
            await ana.type_into(ana.part("textbox", "Gamertag or Discord id"), "Bia")
            await ana.enter(ana.part("button", "Give permission"))
            await ana.reads("%(person)s may build from now on.", person="Bia")
            overflow = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
            assert await ana.tab.evaluate(overflow) <= 0

    tell(story)
    assert Base.objects.get().radius_m == 76
    assert BasePermission.objects.get().user.username == "Bia"


# -- Without scripts ----------------------------------------------------------------------------------------------


def test_base_is_registered_without_scripts_and_nothing_asks_for_a_click_on_the_map(
    full_form: None, server: GameServer, visit: Visit, tell: Tell
) -> None:
    player("Ana")

    async def story() -> None:
        async with visit("Ana", java_script_enabled=False) as ana:
            for page in ("/bases/new/", "/bases/check/"):
                await ana.go(page)
                await ana.reads_not("Click the map", "click on the map", "Zoom in")
                assert await ana.tab.get_by_role("img", name=re.compile("map", re.IGNORECASE)).count()
            await ana.go("/bases/new/")
            await fill_base(ana, "Toca", "5000 / 3000")
            await ana.press("Register base")
            await ana.reads("Base registered. It counts from now on.")
        async with visit("Ana") as ana:
            await ana.go("/bases/new/")
            await ana.reads("Or click on the map.")

    tell(story)
    assert Base.objects.get().name == "Toca"
