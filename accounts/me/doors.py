"""The addresses of the providers behind which something is linked or proven; only those that are configured."""

from collections.abc import Mapping

from allauth.socialaccount.adapter import get_adapter
from django.http import HttpRequest
from django.urls import reverse

Doors = Mapping[str, str]


def doors(request: HttpRequest) -> dict[str, str]:
    """Return the addresses by name; all are posted to.

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
    return found
