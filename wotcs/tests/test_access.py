"""Who may call which address by which method: every address has a row here; those of the admin a rule in test_rights.py."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.services.sessions import SEEN_AT
from clans.models import AccountLink, ClanMembership, User
from face.models import Community
from tanks.models import SyncedClan
from tanks.services.links import follow_game
from tanks.tests.factories import rows
from territory.models import Base, BaseInvitation, BasePermission, Case, Placement
from territory.services.permissions import invite
from territory.tests.factories import (
    event,
    join,
    make_base,
    make_case,
    make_clan,
    make_placement,
    make_server,
    make_user,
    permit,
)
from territory.tests.sender import Sender
from tests.routes import routes
from wotcs.groups import GROUPS

ANONYMOUS, MANAGERS = "anonymous", {"manager", "administrator", "superuser"}
MODERATORS = {"moderator"} | MANAGERS
STAFF = {"staff"} | MODERATORS
COMMANDERS = {"commander"} | MODERATORS
# `account` has nothing; `claimed` says that the clan's commander is his account; `staff` is in no group.
BASE_ADMINS = {"base owner", "base admin"}
PEOPLE = {"account", "claimed", "member", "commander"} | BASE_ADMINS | STAFF
EVERYBODY = {ANONYMOUS} | PEOPLE
RARE = ("HEAD", "PUT", "DELETE", "OPTIONS")
METHODS = ("GET", "POST", *RARE)


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may, and the answer's status. Unless `others` says so, anonymous visitors are sent to sign in; all others get 404."""

    who: set[str]
    status: int = 200
    others: Mapping[str, int] = field(default_factory=dict)

    def status_for(self, role: str) -> int:
        if role in self.who:
            return self.status
        return self.others.get(role, 302 if role == ANONYMOUS else 404)


Row = dict[str, Gate]  # by method; every other method answers 405


def reads(who: set[str], status: int = 200, **others: int) -> Row:
    return dict.fromkeys(("GET", "HEAD"), Gate(who, status, others))


def any_method(who: set[str], status: int = 200, **others: int) -> Row:
    return dict.fromkeys(METHODS, Gate(who, status, others))


def no_methods(*methods: str) -> Row:
    """Return methods that a page does not know, but of which visitors hear only that they have to sign in."""
    return dict.fromkeys(methods, Gate(PEOPLE, 405))


def words(who: set[str]) -> Row:
    """Return a page of words; where somebody has to sign in, each method says so."""
    return (
        reads(who) | {"OPTIONS": Gate(who)} | (no_methods("POST", "PUT", "DELETE") if who == PEOPLE else {})
    )


def form(who: set[str]) -> Row:
    """Return a page with a form, which PUT hands in as POST does."""
    return any_method(who) | {"DELETE": Gate(who, 405)}


def asks(who: set[str]) -> Row:
    """A page with a form: what a post without anything lacks is said on the page."""
    return dict.fromkeys(("GET", "HEAD", "POST"), Gate(who))


SENT_ON = dict.fromkeys(PEOPLE, 302)
NOT_CONFIGURED = Gate(set(), others={ANONYMOUS: 404})
BY_TOKEN = Gate(set(), others=dict.fromkeys(EVERYBODY, 401))  # whoever has signed in: programs show a token
TABLE: dict[str, Row] = {
    # -- for everybody
    "": reads(EVERYBODY),
    "logo": reads(EVERYBODY),
    "privacy/": reads(EVERYBODY),
    "wall": reads(EVERYBODY),
    "wall/": any_method(EVERYBODY, 301),
    "wall/feed/": reads(EVERYBODY),
    "fairness/": reads(EVERYBODY),
    "appeals/<str:token>/": reads(set(), **dict.fromkeys(EVERYBODY, 404)) | {"POST": Gate(set(), others=dict.fromkeys(EVERYBODY, 404))},  # a token that is none
    "appeals/thread/<str:token>/": reads(set(), **dict.fromkeys(EVERYBODY, 404)) | {"POST": Gate(set(), others=dict.fromkeys(EVERYBODY, 404))},
    "rules/": reads(EVERYBODY),
    "rules/<slug:slug>/<int:number>/": reads(set(), 200, **dict.fromkeys(EVERYBODY, 404)),  # no such version
    "territory/": reads(EVERYBODY),
    "status/": reads(EVERYBODY),
    "healthz": reads(EVERYBODY),
    "readyz": reads(EVERYBODY),
    "i18n/setlang/": any_method(EVERYBODY, 302),  # only POST changes anything
    "accounts/login/": any_method({ANONYMOUS}, **SENT_ON) | {"DELETE": Gate({ANONYMOUS}, 405, SENT_ON)},
    "accounts/signup/": any_method({ANONYMOUS}, **SENT_ON) | {"DELETE": Gate({ANONYMOUS}, 405, SENT_ON)},
    "accounts/logout/": {"POST": Gate(EVERYBODY, 302), "OPTIONS": Gate(EVERYBODY)},
    "accounts/providers/error/": reads(EVERYBODY),
    "accounts/discord/login/": dict.fromkeys(("GET", "POST"), NOT_CONFIGURED),
    "accounts/discord/login/callback/": {"GET": NOT_CONFIGURED},
    "accounts/wargaming/login/": dict.fromkeys(("GET", "POST"), NOT_CONFIGURED),
    "accounts/wargaming/back/<str:nonce>/": {"GET": NOT_CONFIGURED},
    "accounts/inactive/": words(EVERYBODY),
    "accounts/password/reset/": form(EVERYBODY),
    "accounts/password/reset/done/": words(EVERYBODY),
    "accounts/password/reset/key/done/": words(EVERYBODY),
    "accounts/password/reset/key/<str:uidb36>/<str:key>/": any_method(EVERYBODY),  # a link that works for nobody
    # -- for whoever is signing in; those here are not
    "accounts/2fa/authenticate/": any_method(EVERYBODY, 302),
    "accounts/2fa/keys/login/": any_method(EVERYBODY, 302) | {"DELETE": Gate({ANONYMOUS}, 405, SENT_ON), "OPTIONS": Gate({ANONYMOUS}, 200, SENT_ON)},
    # -- for every account: these have neither a password nor a second factor to give
    "accounts/reauthenticate/": any_method(PEOPLE, 403),
    "accounts/password/change/": any_method(PEOPLE, 302),
    "accounts/password/set/": form(PEOPLE),
    "accounts/2fa/": words(PEOPLE),
    "accounts/2fa/reauthenticate/": any_method(PEOPLE, 403),
    "accounts/2fa/totp/activate/": form(PEOPLE),
    "accounts/2fa/totp/deactivate/": any_method(PEOPLE, 404),
    "accounts/2fa/recovery-codes/": reads(PEOPLE, 404) | {"OPTIONS": Gate(PEOPLE)} | no_methods("POST", "PUT", "DELETE"),
    "accounts/2fa/recovery-codes/generate/": form(PEOPLE),
    "accounts/2fa/keys/add/": form(PEOPLE),
    "accounts/2fa/keys/reauthenticate/": any_method(PEOPLE, 403),
    "accounts/2fa/keys/<int:pk>/remove/": any_method(PEOPLE, 404) | {"OPTIONS": Gate(PEOPLE)} | no_methods("PUT"),
    # -- for people
    "me/": reads(PEOPLE) | {"POST": Gate(PEOPLE)},
    "me/links/<int:pk>/unlink/": reads(set()) | {"POST": Gate(set())},
    "me/links/<int:pk>/withdraw/": {"POST": Gate(set())},
    "me/connections/withdraw/": {"POST": Gate(PEOPLE, 302)},
    "me/sessions/<int:pk>/end/": {"POST": Gate(set())},
    "me/sessions/end/": {"POST": Gate(PEOPLE, 302)},
    "me/garage/": reads(PEOPLE),
    "me/garage/<int:pk>/revoke/": {"POST": Gate(set())},
    "me/garage/<int:pk>/share/": {"POST": Gate(set())},
    "me/export/": reads(PEOPLE),
    "me/bans/": reads(PEOPLE),
    "me/bans/<int:pk>/": reads(set()) | {"POST": Gate(set())},
    "me/delete/": reads(PEOPLE) | {"POST": Gate(PEOPLE)},
    "map/": reads(PEOPLE),
    "map/data": reads(PEOPLE),
    "bases/check/": reads(PEOPLE) | {"POST": Gate(PEOPLE)},
    "bases/": reads(PEOPLE),
    "bases/new/": reads(PEOPLE) | {"POST": Gate(PEOPLE)},
    "bases/<int:pk>/": reads(BASE_ADMINS) | {"POST": Gate({"base owner"})},
    "bases/<int:pk>/remove/": reads({"base owner"}) | {"POST": Gate({"base owner"}, 302)},
    "bases/<int:pk>/permissions/": reads(BASE_ADMINS) | {"POST": Gate(BASE_ADMINS)},
    "bases/<int:pk>/permissions/<int:permission_pk>/revoke/": reads(BASE_ADMINS) | {"POST": Gate(BASE_ADMINS, 302)},
    "bases/<int:pk>/invitations/": {"POST": Gate(BASE_ADMINS)},
    "bases/<int:pk>/invitations/<int:invitation_pk>/take-back/": {"POST": Gate(BASE_ADMINS, 302)},
    "bases/invitations/<str:token>/": reads(PEOPLE) | {"POST": Gate(PEOPLE, 302)},
    "tanks/": reads(PEOPLE),
    "me/wargaming/": asks(PEOPLE),
    "me/gamertag/": asks(PEOPLE),
    "clan/claims/": reads(COMMANDERS) | {"POST": Gate(set())},  # a post about nothing finds nothing
    "bases/<int:pk>/activity/": reads(BASE_ADMINS | MODERATORS) | {"POST": Gate(set())},
    "clans/": reads(PEOPLE) | {"POST": Gate(PEOPLE, 200)},  # a form without a name is shown again
    "clans/<int:pk>/": reads(MODERATORS) | {"POST": Gate(set())},
    "clans/<int:pk>/members/<int:stay_pk>/end/": reads(set()) | {"POST": Gate(set())},
    "clans/invitations/<int:pk>/answer/": {"POST": Gate(set())},
    "clans/invitations/<str:token>/": reads(PEOPLE) | {"POST": Gate(PEOPLE)},
    "sync/": reads(COMMANDERS),
    "sync/check": {
        "GET": Gate(PEOPLE, others={ANONYMOUS: 401}),
        "POST": Gate(MANAGERS | {"commander"}, 202, {ANONYMOUS: 401, "member": 403, "moderator": 403}),
    },
    "sync/status": reads(COMMANDERS, anonymous=401, member=403),
    # -- for staff
    "dev/components": reads(STAFF, anonymous=404),
    "staff/links/": reads(MODERATORS),
    "staff/links/<int:pk>/confirm/": asks(MANAGERS),
    "staff/links/<int:pk>/refuse/": asks(MANAGERS),
    # Of cases with an appeal: justice/tests/test_appeal_decisions.py.
    "cases/<int:pk>/appeal/reply/": {"POST": Gate(set())},
    "cases/<int:pk>/appeal/grant/": reads(set()) | {"POST": Gate(set())},
    "cases/<int:pk>/appeal/keep/": reads(set()) | {"POST": Gate(set())},
    "staff/verdicts/": reads(MODERATORS),
    "staff/verdicts/<int:pk>/": reads(MODERATORS),
    "review/": reads(MODERATORS),
    "review/<slug:kind>/<int:pk>/": reads(MODERATORS, 302),  # nothing waits there: back to the queue
    "review/<slug:kind>/<int:pk>/look/": {"POST": Gate(set())},
    "review/<slug:kind>/<int:pk>/skip/": {"POST": Gate(set())},
    "review/<slug:kind>/<int:pk>/retry/": {"POST": Gate(set())},
    "review/conflict/<int:pk>/<slug:answer>/": reads(set()) | {"POST": Gate(set())},
    "cases/new/": asks(MODERATORS),
    "cases/<int:pk>/": reads(MODERATORS | {"base owner"}),
    "cases/<int:pk>/notes/": {"POST": Gate(MODERATORS, 302)},
    "cases/<int:pk>/undo/": {"POST": Gate(set())},
    "cases/<int:pk>/<slug:act>/": asks(MODERATORS),
    "rejudge/": reads(MODERATORS) | {"POST": Gate(set())},  # a post about nothing finds nothing
    "servers/": reads(MANAGERS),
    "servers/<slug:slug>/breaker/": asks(MANAGERS),
    "servers/<slug:slug>/mode/": asks(MANAGERS),
    "servers/new/": asks(MANAGERS),
    "servers/<slug:slug>/setup/": reads(MANAGERS),
    "servers/<slug:slug>/setup/test/": {"POST": Gate(MANAGERS, 302)},
    "servers/<slug:slug>/setup/token/": asks(MANAGERS),
    "servers/<slug:slug>/setup/<slug:what>/new/": asks(MANAGERS),
    "servers/<slug:slug>/setup/<slug:what>/<int:pk>/": reads(set()) | {"POST": Gate(set())},  # another server's
    "servers/<slug:slug>/setup/<slug:what>/<int:pk>/switch/": {"POST": Gate(set())},
    "undo/": asks(MANAGERS),
    "undo/<uuid:run>/": reads(set()),
    # -- for programs
    "api/v1/docs": reads(EVERYBODY),
    "api/v1/openapi.json": any_method(EVERYBODY),
    "api/v1/": any_method(EVERYBODY, 404),
    "api/v1/servers/<slug>/placements": {"POST": BY_TOKEN},
    "api/v1/servers/<slug>/placements/<path:event_id>": {"GET": BY_TOKEN},
}  # fmt: skip


def test_every_address_outside_the_admin_has_a_row() -> None:
    assert {route.pattern for route in routes() if not route.pattern.startswith("admin/")} == TABLE.keys()


# -- The people ---------------------------------------------------------------------------------------------------


@pytest.fixture
def clan(db: None) -> SyncedClan:
    Community.objects.update_or_create(pk=1, defaults={"logo": b"x", "logo_type": "image/png"})
    return rows.clan()


@pytest.fixture
def placement(db: None) -> Placement:
    server = make_server(slug="sul")
    AccountLink.objects.create(user=make_user(), kind="gamertag", key="onça")
    base = make_base(server, make_user("owner"))
    permit(base, make_user("friend"))
    invite(base, "build", by=base.owner, at=timezone.now())
    join(make_clan("Outro clã"), base.owner, role="commander")
    make_case(server, base)
    return make_placement(server, base)


def make_role(role: str, clan: SyncedClan | None = None) -> User | None:
    if role == ANONYMOUS:
        return None
    person = make_user(role, is_staff=role in STAFF, is_superuser=role == "superuser")
    if role in GROUPS:
        person.groups.add(Group.objects.get(name=role))
    if role == "base owner":
        Base.objects.update(owner=person)
    if role == "base admin":
        permit(Base.objects.first() or make_base(make_server(), make_user()), person, level="admin")
    if clan and role in {"claimed", "member", "commander"}:
        game_role = "private" if role == "member" else "commander"
        player = rows.player(clan, user=None if role == "claimed" else person, role=game_role)
        if role == "claimed":
            rows.claim(person, player)
        follow_game(clan, at=timezone.now())
    return person


def browser_of(person: User | None) -> Client:
    """Return a browser that sends the person's session, or none, whatever an answer says to it."""
    browser = Client()
    if person:
        browser.force_login(person)
        session = browser.session
        session[SEEN_AT] = time.time()  # otherwise each request, which is undone, would note it anew
        session.save()
    browser.defaults["HTTP_COOKIE"] = browser.cookies.output(attrs=[], header="", sep=";")
    return browser


def call(browser: Client, method: str, address: str, **given: str) -> HttpResponse:
    """Call an address; what the call changes is undone."""
    with transaction.atomic():
        answer = browser.post(address, given) if given else browser.generic(method, address)
        transaction.set_rollback(True)
    return answer  # type: ignore[return-value]


def arguments(placement: Placement) -> dict[str, str]:
    """Return what stands in an address for each argument of a route; the first that fits counts."""
    stay = ClanMembership.objects.get(clan__origin="")
    return {
        "bases/<int:pk>": f"bases/{placement.base_id}",
        "cases/<int:pk>": f"cases/{Case.objects.earliest('pk').pk}",
        "clans/<int:pk>/": f"clans/{stay.clan_id}/",
        "staff/links/<int:pk>": f"staff/links/{AccountLink.objects.get(key='onça').pk}",
        "<int:stay_pk>": str(stay.pk),
        "<int:permission_pk>": str(BasePermission.objects.get(user__username="friend").pk),
        "<int:invitation_pk>": str(BaseInvitation.objects.earliest("pk").pk),
        "<int:pk>": str(placement.pk),
        "<str:token>": "nowhere",
        "<slug>": "sul",
        "<slug:kind>": "review",
        "<slug:answer>": "apart",
        "<slug:what>": "lists",
        "<slug:act>": "confirm",
        "<slug:slug>": "sul",
        "<int:number>": "0",
        "<uuid:run>": "00000000-0000-4000-8000-000000000000",
        "<path:event_id>": "event",
        "<str:uidb36>": "1",
        "<str:key>": "k",
        "<str:nonce>": "x",
    }


def address_of(pattern: str, given: Mapping[str, str]) -> str:
    if pattern.startswith("me/"):  # of one's own rows none has the number 0, as if they were somebody else's
        pattern = pattern.replace("<int:pk>", "0")
    for argument, value in given.items():
        pattern = pattern.replace(argument, value)
    assert "<" not in pattern
    return f"/{pattern}"


# Anonymous visitors try every method in each run; the others only what reads and what sends, unless the run is thorough.
CALLS = [
    pytest.param(ANONYMOUS, METHODS, id=ANONYMOUS),
    *(pytest.param(role, ("GET", "POST"), id=role) for role in sorted(PEOPLE)),
    *(pytest.param(role, RARE, id=f"{role}, rare", marks=pytest.mark.thorough) for role in sorted(PEOPLE)),
]


@pytest.mark.usefixtures("short_refusals")
@pytest.mark.parametrize(("role", "methods"), CALLS)
def test_address_answers_by_role_and_method(
    clan: SyncedClan, placement: Placement, role: str, methods: Sequence[str]
) -> None:
    assert wrong_answers(clan, placement, role, methods) == {}


def wrong_answers(
    clan: SyncedClan, placement: Placement, role: str, methods: Sequence[str]
) -> dict[tuple[str, str], str]:
    """Call each address and return what differs from the table, or may stay in a cache though it is for one person."""
    browser = browser_of(make_role(role, clan))
    wrong, given = {}, arguments(placement)
    for pattern, row in TABLE.items():
        address = address_of(pattern, given)
        for method in methods:
            expected = row[method].status_for(role) if method in row else 405
            answer = call(browser, method, address)
            is_without_workers = pattern == "healthz" and answer.status_code == 503  # after many tests
            if answer.status_code != expected and not is_without_workers:
                wrong[method, pattern] = f"{answer.status_code}, not {expected}"
            elif role != ANONYMOUS and pattern != "logo" and not is_uncached(answer):
                wrong[method, pattern] = "may be cached"
    return wrong


def is_uncached(answer: HttpResponse) -> bool:
    return {"private", "no-store"} <= set(answer.headers.get("Cache-Control", "").split(", "))


# -- Somebody else's ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(EVERYBODY - MODERATORS - {ANONYMOUS}))
def test_what_belongs_to_somebody_else_is_not_there(
    clan: SyncedClan, placement: Placement, role: str
) -> None:
    browser, other = browser_of(make_role(role, clan)), rows.clan("Outro")
    rows.player(other)
    absent = "/staff/verdicts/999999/"
    base = make_base(placement.server, make_user(), x=9000)
    permission = permit(base, make_user())
    invitation, _token = invite(base, "build", by=base.owner, at=timezone.now())
    for method, address in [
        ("GET", f"/tanks/?clan={other.pk}"),
        ("GET", f"/clan/claims/?clan={other.pk}"),
        ("POST", f"/clan/claims/?clan={other.pk}"),
        ("GET", f"/sync/?clan={other.pk}"),
        ("GET", f"/sync/check?clan={other.pk}"),
        ("POST", f"/sync/check?clan={other.pk}"),
        ("GET", f"/sync/status?clan={other.pk}"),
        ("GET", reverse("verdict", args=[placement.pk])),
        ("GET", absent),
        *(
            (method, f"/bases/{base.pk}/{page}")
            for method in ("GET", "POST")
            for page in ("", "remove/", "permissions/")
        ),
        ("POST", f"/bases/{base.pk}/permissions/{permission.pk}/revoke/"),
        ("POST", f"/bases/{placement.base_id}/permissions/{permission.pk}/revoke/"),
        ("POST", f"/bases/{base.pk}/invitations/"),
        ("POST", f"/bases/{base.pk}/invitations/{invitation.pk}/take-back/"),
        ("POST", f"/bases/{placement.base_id}/invitations/{invitation.pk}/take-back/"),
    ]:
        assert call(browser, method, address).status_code == 404, address


def test_token_opens_the_addresses_of_its_own_server_alone(placement: Placement) -> None:
    own, other = Sender(placement.server), Sender(make_server(slug="norte"))
    own.post([event("A", id="a")])
    assert [own.ask("a")[0], other.ask("a")[0]] == [200, 404]
    assert [own.ask("a", slug="norte")[0], other.ask("a", slug="sul")[0]] == [404, 404]
    assert [own.post([])[0], own.post([], slug="norte")[0], own.post([], token="wrong")[0]] == [202, 404, 401]
    headers = {"Authorization": f"Bearer {own.token}"}
    addresses = ("/tanks/", "/admin/", "/api/v1/servers/sul/placements/a")
    answers = [own.client.get(address, headers=headers) for address in addresses]
    assert [answer.status_code for answer in answers] == [302, 302, 200]
    assert "no-store" in answers[-1]["Cache-Control"]


# -- Caches -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/admin/", "/nowhere/"])
def test_no_cache_keeps_what_staff_are_told_outside_the_table(
    clan: SyncedClan, placement: Placement, address: str
) -> None:
    assert is_uncached(call(browser_of(make_role("superuser", clan)), "GET", address))
