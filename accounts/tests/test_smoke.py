import pytest
from accounts.tests.browser import Browser
from clans.models import AccountLink, User
from urllib.parse import urlsplit, parse_qsl
pytestmark = pytest.mark.django_db

def test_discord(browser, discord):
    a = browser.post("/accounts/discord/login/", connections="1", next="/wall")
    assert a.status_code == 302, a.content
    print(a["Location"])
    back = browser.choose(a["Location"], person="901100000000000001")
    a = browser.get(back)
    print(a.status_code, a.headers)
    print(browser.person, AccountLink.objects.values())
    assert browser.person

def test_wg(browser, wargaming):
    a = browser.post("/accounts/wargaming/login/", next="/wall")
    assert a.status_code == 302, a.content
    print(a["Location"], a.cookies)
    nr = next(iter(wargaming.world.members))
    back = browser.choose(a["Location"], account=str(nr))
    print(back)
    a = browser.get(back)
    print(a.status_code, a.headers)
    print(browser.person, AccountLink.objects.values())
    assert browser.person
    for u in ("/accounts/discord/login/","/accounts/wargaming/login/","/accounts/providers/error/?why=linked&with=discord"):
        a=browser.client.get(u); print(u,a.status_code)
