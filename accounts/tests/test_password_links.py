"""Links to set a password: who gets one, by whom, how often it works and for how long."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as site_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import views
from accounts.services.links import password_link
from accounts.tasks import send_links
from accounts.tests.people import OTHER_PASSWORD, PASSWORD, browser_of, make_person, sign_in
from clans.models import User

pytestmark = pytest.mark.django_db
SITE = "http://testserver/"


def open_link(link: str) -> str:
    """Open a link as a browser does, and return the page to which it leads."""
    return browser_of().get(link, follow=True).content.decode()


def use_link(link: str, password: str = OTHER_PASSWORD) -> Any:
    client = Client()
    page = client.get(link, follow=True).request["PATH_INFO"]
    assert page.endswith("/set-password/")  # no address keeps the key
    answer = client.post(page, {"password1": password})
    assert "_auth_user_id" not in client.session
    return answer


# -- The link itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_password", [True, False])
def test_link_works_once(*, has_password: bool) -> None:
    person = make_person() if has_password else User.objects.for_discord_id("42")
    link = password_link(person, SITE)
    assert use_link(link)["Location"] == reverse("account_reset_password_from_key_done")
    assert sign_in(Client(), person.username, OTHER_PASSWORD).status_code == 302
    assert "This link no longer works" in open_link(link)
    Client().post(link, {"password1": PASSWORD}, follow=True)
    assert sign_in(Client(), person.username, OTHER_PASSWORD).status_code == 302


def test_link_ends_by_itself_and_with_a_sign_in() -> None:
    person = make_person()
    link = password_link(person, SITE)
    assert "Choose your password" in open_link(link)
    after = timezone.now() + timedelta(seconds=site_settings.PASSWORD_RESET_TIMEOUT + 1)
    with time_machine.travel(after):
        assert "This link no longer works" in open_link(link)
    sign_in(Client())
    assert "This link no longer works" in open_link(link)


def test_link_is_of_one_person() -> None:
    link = password_link(make_person(), SITE)
    other = make_person("bia")
    forged = "/".join([*password_link(other, SITE).split("/")[:-2], link.split("/")[-2], ""])
    assert "This link no longer works" in open_link(forged)


def test_new_password_by_a_link_ends_all_sessions() -> None:
    make_person()
    browser = Client()
    sign_in(browser)
    use_link(password_link(User.objects.get(), SITE))
    assert browser.get(reverse("mfa_index")).status_code == 302


# -- By e-mail ----------------------------------------------------------------------------------------------------


@pytest.fixture
def sends_mail(settings: Settings) -> None:
    settings.EMAIL_URL = "memorymail://"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the page hands to workers."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(views, "wake", lambda task, *given: calls.append((task, *given)))
    return calls


def ask(email: str, address: str = "203.0.113.5") -> Any:
    page, given = reverse("account_reset_password"), {"email": email}
    return browser_of().post(page, given, REMOTE_ADDR=address, follow=True)


def test_known_and_unknown_addresses_get_the_same_answer(sends_mail: None, sent: list[Any]) -> None:
    person = make_person(email="ana@example.org")
    make_person("parada", email="parada@example.org", is_active=False)
    addresses = ("ANA@example.org", "ninguem@example.org", "parada@example.org")
    pages = [ask(email).content.decode() for email in addresses]
    assert len({re.sub(r'value="[^"]*"', "", page) for page in pages}) == 1
    assert [people for _task, people, *_ in sent] == [[person.pk], [], []]
    assert not mail.outbox  # a worker sends: the page takes as long for everybody


@pytest.mark.parametrize(("own", "page"), [("en", "pt-br"), ("", "en")], ids=["the person's", "the page's"])
def test_worker_sends_a_link_to_the_stored_address(own: str, page: str) -> None:
    person = make_person(email="ana@example.org", language=own)
    send_links([person.pk], "https://clan.example/", page)
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ana@example.org"], "WOTCS: set a new password")
    link = next(line for line in message.body.splitlines() if "/key/" in line)
    assert link.startswith("https://clan.example/accounts/password/reset/key/")
    assert use_link(link.replace("https://clan.example/", SITE)).status_code == 302


LIMITS = {
    "one address": ("x{}@example.org", "203.0.113.5", "MOST_RESETS"),
    "one e-mail": ("ana@example.org", "203.0.113.{}", "MOST_RESETS_BY_EMAIL"),
}


@pytest.mark.parametrize(("email", "address", "limit"), LIMITS.values(), ids=LIMITS)
def test_links_are_asked_for_a_few_times(
    sends_mail: None,
    sent: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    *,
    email: str,
    address: str,
    limit: str,
) -> None:
    monkeypatch.setattr(f"accounts.forms.{limit}", 2)
    statuses = [ask(email.format(n), address.format(n)).status_code for n in range(3)]
    assert (statuses, len(sent)) == ([200, 200, 429], 2)


def test_site_without_e_mail_says_what_to_do(sent: list[Any]) -> None:
    page = open_link(reverse("account_reset_password"))
    assert "This site sends no e-mail. Staff make you a link" in page
    assert 'name="email"' not in page
    ask("ana@example.org")
    assert sent == []


# -- By staff -----------------------------------------------------------------------------------------------------


def make_staff(group: str) -> User:
    if group == "superuser":
        return make_person(group, is_staff=True, is_superuser=True)
    staff = make_person(group, is_staff=True)
    staff.groups.add(Group.objects.get(name=group))
    return staff


def act(staff: User, person: User, action: str, **given: str) -> Any:
    given |= {"action": action, "_selected_action": str(person.pk), "confirmed": "1"}
    return browser_of(staff).post(reverse("admin:clans_user_changelist"), given, follow=True)


RIGHTS = {
    ("moderator", "member"): False,
    ("manager", "member"): True,
    ("administrator", "member"): True,
    ("superuser", "member"): True,
    ("manager", "staff"): False,
    ("administrator", "superuser"): False,
    ("superuser", "staff"): True,
}


@pytest.mark.parametrize(("who", "of", "may"), [(*pair, may) for pair, may in RIGHTS.items()])
def test_only_who_may_set_the_password_makes_a_link(
    who: str, of: str, *, may: bool, caplog: pytest.LogCaptureFixture
) -> None:
    staff = make_staff(who)
    person = make_person(is_staff=of == "staff", is_superuser=of == "superuser")
    with caplog.at_level(logging.DEBUG):
        page = act(staff, person, "make_password_link").content.decode()
    links = re.findall(r"<code>(http://testserver/[^<]+)</code>", page)
    assert len(links) == (1 if may else 0)
    if may:
        (entry,) = LogEntry.objects.all()
        assert entry.get_change_message() == "A link to set a password was made."
        assert links[0] not in caplog.text
        assert links[0] not in act(staff, person, "nothing").content.decode()
        assert use_link(links[0]).status_code == 302


def test_page_of_a_person_offers_the_link_to_those_who_may(client: Client) -> None:
    manager, person, staff = make_staff("manager"), make_person(), make_person("bia", is_staff=True)
    client.force_login(manager)
    for row, is_offered in [(person, True), (staff, False)]:
        page = client.get(reverse("admin:clans_user_change", args=[row.pk])).content.decode()
        assert ('value="make_password_link"' in page) is is_offered
    assert PASSWORD not in page
