"""The addresses behind which something is linked or proven; only those that this site has and that are configured."""

from collections.abc import Mapping

from allauth.socialaccount.adapter import get_adapter
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

Doors = Mapping[str, str]
_BY_HAND = ("claim-gamertag", "claim-wargaming")


def doors(request: HttpRequest) -> dict[str, str]:
    """Return the addresses by name: those of providers are posted to, the others are pages.

    `<provider>` links the account, `<provider>:again` signs in anew; `discord:connections` also reads the connections,
    `wargaming:garage` asks for the garage.
    """
    found: dict[str, str] = {}
    for provider in get_adapter().list_providers(request):
        back = {"process": "connect", "next": reverse("profile")}
        found[provider.id] = provider.get_login_url(request, **back)
        found[f"{provider.id}:again"] = provider.get_login_url(
            request, process="login", next=reverse("delete-account")
        )
        if provider.id == "discord":
            found["discord:connections"] = provider.get_login_url(request, **back, connections="1")
        if provider.id == "wargaming":
            found["wargaming:garage"] = provider.get_login_url(
                request, process="garage", next=reverse("garage")
            )
    return found | _by_hand()


def _by_hand() -> dict[str, str]:
    found = {}
    for name in _BY_HAND:
        try:
            found[name] = reverse(name)
        except NoReverseMatch:  # the page is not on this site
            continue
    return found
