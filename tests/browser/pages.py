"""Which pages there are: every route of the site that answers people, with examples for those that take arguments.

A new route without arguments is visited by itself. One with arguments needs a line in EXAMPLES, one that is no page a line in
EXCLUDED; `test_pages.py` fails until it has one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Q
from django.urls import reverse

from accounts.tests.people import PASSWORD
from justice.services.appeals import thread_token
from territory.models import GameServer, PlayerIdentity
from territory.services.ban_links import ban_token
from tests.browser.world import MEMBER, OPEN, ROLES, SUPERUSER, VISITOR, WIDE
from tests.routes import Route, routes

Arguments = dict[str, Any]
# The arguments to reverse a route by, or None in a world without such a row; queried when the pages are listed.
Example = Callable[[], Arguments | None]


@dataclass(frozen=True, slots=True)
class Page:
    """An address to visit. `steps` are what a visitor then does: selectors to press, or (selector, text) to fill in.

    `needs_server`: without a game server there is no form to fill in.
    """

    name: str
    address: str
    steps: Sequence[str | tuple[str, str]] = ()
    status: int = 200
    roles: Sequence[str] = ROLES
    needs_server: bool = False

    @property
    def is_admin(self) -> bool:
        return self.name.startswith("admin-")

    @property
    def is_error(self) -> bool:
        return self.name.startswith("error-")


def _first(label: str, *conditions: Q, order: str = "pk", **arguments: str | Callable[[Any], str]) -> Example:
    """Return an example by the first `row` of a model: a route's arguments, with the row's values in braces."""

    def example() -> Arguments | None:
        row = apps.get_model(label)._default_manager.filter(*conditions).order_by(order).first()
        if row is None:
            return None
        return {
            name: value(row) if callable(value) else value.format(row=row)
            for name, value in arguments.items()
        }

    return example


_OF_MEMBER = Q(user__username=MEMBER)
# In a clan that leads itself.
_STAY = _OF_MEMBER & Q(clan__origin="", left_at=None)
_MANAGED = _first("territory.basepermission", _OF_MEMBER, Q(level="admin"), pk="{row.base_id}")

# Routes with arguments, by name.
EXAMPLES: dict[str, Example] = {
    **dict.fromkeys(
        ("link-confirm", "link-refuse"),
        _first("clans.accountlink", Q(state__in=["claimed", "disputed"]), order="-pk", pk="{row.pk}"),
    ),
    "verdict": _first("territory.placement", pk="{row.pk}"),
    **dict.fromkeys(
        ("server-breaker", "server-mode", "server-setup", "server-token"),
        _first("territory.gameserver", slug="{row.slug}"),
    ),
    "place-new": _first("territory.gameserver", slug="{row.slug}", what="lists"),
    "place": _first("territory.banlist", slug="{row.server.slug}", what="lists", pk="{row.pk}"),
    "rule-version": _first("territory.ruleversion", slug="{row.server.slug}", number="{row.number}"),
    "undo-run": _first("justice.undorun", run="{row.run}"),
    "appeal": _first("territory.ban", Q(lifted_at=None), token=lambda ban: ban_token(ban.pk)),
    "appeal-thread": _first("justice.appeal", Q(by_link=True), token=thread_token),
    "my-ban": _first(
        "territory.ban",
        Q(player_id__in=PlayerIdentity.objects.filter(_OF_MEMBER).values("player_id")),
        order="-pk",
        pk="{row.pk}",
    ),
    **dict.fromkeys(
        ("appeal-grant", "appeal-keep"),
        _first("territory.case", Q(ban__appeals__state="open"), pk="{row.pk}"),
    ),
    "case": _first("territory.case", pk="{row.pk}"),
    "case-decide": _first("territory.case", pk="{row.pk}", act="mistake"),
    "review-item": _first("territory.case", Q(state="waiting"), kind="review", pk="{row.pk}"),
    "conflict-settle": _first(
        "territory.identityconflict", Q(resolved_at=None), pk="{row.pk}", answer="apart"
    ),
    "unlink": _first("clans.accountlink", _OF_MEMBER, pk="{row.pk}"),
    "account_reset_password_from_key": lambda: {"uidb36": "1", "key": "used-up"},
    "mfa_remove_webauthn": _first("mfa.authenticator", Q(type="webauthn"), pk="{row.pk}"),
    **dict.fromkeys(
        ("base", "base-activity", "base-remove", "base-permissions"),
        _first("territory.base", Q(owner__username=MEMBER), pk="{row.pk}"),
    ),
    "permission-revoke": _first(
        "territory.basepermission",
        Q(base__owner__username=MEMBER),
        pk="{row.base_id}",
        permission_pk="{row.pk}",
    ),
    "invitation": lambda: {"token": "nowhere"},
    "dayz-clan": _first("clans.clanmembership", _STAY, pk="{row.clan_id}"),
    "clan-end": _first(
        "clans.clanmembership",
        ~_OF_MEMBER,
        Q(clan__memberships__user__username=MEMBER, clan__origin=""),
        pk="{row.clan_id}",
        stay_pk="{row.pk}",
    ),
    "clan-invitation": lambda: {"token": "nowhere"},
    "admin:app_list": lambda: {"app_label": "territory"},
    "admin:auth_user_password_change": _first("clans.user", id="{row.pk}"),
    # The pages of one row, which each model of the admin has.
    **{
        f"admin:{meta.app_label}_{meta.model_name}_{kind}": _first(meta.label, object_id="{row.pk}")
        for meta in (model._meta for model in admin.site._registry)
        for kind in ("change", "delete", "history")
    },
}
# More examples of a route, each a page of its own in STATES.
MORE_EXAMPLES: dict[str, tuple[str, Example]] = {
    "clan-end-needed": (
        "clan-end",
        _first("clans.clanmembership", _STAY, pk="{row.clan_id}", stay_pk="{row.pk}"),
    ),
    "base-managed": ("base", _MANAGED),
    "base-permissions-managed": ("base-permissions", _MANAGED),
}
# Pages of one role alone, by the name of their route.
ROLES_OF = dict.fromkeys(
    ("base", "base-remove", "base-permissions", "permission-revoke", "clan-end", "unlink", "my-ban"),
    (MEMBER,),
) | dict.fromkeys(("appeal-grant", "appeal-keep"), (SUPERUSER,))
# Routes that are no pages: by name, or by a beginning that ends in a colon.
EXCLUDED: dict[str, str] = {
    **dict.fromkeys(("health", "ready"), "for machines"),
    **dict.fromkeys(("set_language", "account_logout", "admin:logout"), "takes posts only"),
    **dict.fromkeys(("server-test", "place-switch", "appeal-reply"), "takes posts only"),
    **dict.fromkeys(("review-look", "review-skip", "review-retry", "case-note", "case-undo"), "takes posts only"),
    **dict.fromkeys(("withdraw-claim", "withdraw-connections"), "takes posts only"),
    **dict.fromkeys(("end-session", "end-sessions", "revoke-garage", "share-garage"), "takes posts only"),
    **dict.fromkeys(("clan-invitation-answer", "invitation-new", "invitation-take-back"), "takes posts only"),
    **dict.fromkeys(("map-data", "sync-status", "admin:autocomplete", "api:"), "JSON"),
    "sync-check": "JSON, and may start a sync",
    "mfa_login_webauthn": "JSON, for a script",
    "admin:jsi18n": "a script",
    "wall-feed": "RSS",
    **dict.fromkeys(("export", "admin:wotcs_auditentry_export"), "a file"),
    "logo": "a picture, of a community that has one",
    **dict.fromkeys(("discord_callback", "wargaming_back"), "a redirect"),
    "admin:view_on_site": "a redirect, and no model has such an address",
    "mfa_authenticate": "the second step of a sign-in: a state below",
}  # fmt: skip
# More states of pages than their bare address: of an address, or of a route by its name. And the error pages.
STATES: tuple[Page, ...] = (
    Page("login-refused", "account_login", [("[name=login]", WIDE), ("[name=password]", "x"), "main form.fields button"]),
    Page("second-step", "account_login", [("[name=login]", SUPERUSER), ("[name=password]", PASSWORD), "main form.fields button"], roles=(VISITOR,)),
    Page("registration-refused", "account_signup", [("[name=username]", WIDE), ("[name=password1]", "x"), "main form.fields button"], roles=(VISITOR,)),
    Page("app-refused", "mfa_activate_totp", [("[name=code]", "000000"), "main form.fields button"], roles=(MEMBER,)),
    Page("account-linked", "/accounts/providers/error/?why=linked&with=discord"),
    Page("can-build-answered", "can-build", [("#id_point", "5000 / 3000"), "main form button"], needs_server=True),
    Page("can-build-refused", "can-build", [("#id_point", WIDE), "main form button"], needs_server=True),
    Page("map-month", "/map/?hours=720&q=a"),
    Page("map-bases", "/map/?table=bases&layer=base"),
    Page("base-new-refused", "base-new", [("[name=name]", WIDE), ("[name=centre]", "1"), "button[name=save]"], roles=(MEMBER,), needs_server=True),
    Page("base-new-tried", "base-new", [("[name=name]", WIDE), ("[name=centre]", "5000 / 3000"), "button[name=try]"], roles=(MEMBER,), needs_server=True),
    *(Page(name, name, roles=(MEMBER,)) for name in MORE_EXAMPLES),
    Page("invitation-open", f"/bases/invitations/{OPEN}/"),
    Page("clan-invitation-open", f"/clans/invitations/{OPEN}/"),
    Page("review-nothing-found", "/review/?q=nobody-at-all"),
    Page("review-of-a-kind", "/review/?kind=delivery"),
    Page("case-new-found", "/cases/new/?q=a&server=chernarus"),
    Page("wall-page-2", "/wall?page=2"),
    Page("wall-lifted", "/wall?kind=lifted"),
    Page("appeal-refused", "appeal", [("[name=text]", " "), "main form.reply button"]),
    Page("wall-nothing-found", "/wall?q=nobody-at-all"),
    Page("claim-wargaming-choice", "claim-wargaming", [("[name=nickname]", "jogador"), "[name=check]"]),
    Page("claim-gamertag-refused", "claim-gamertag", [("[name=gamertag]", "Survivor"), "main form button"]),
    Page("statistics-of-a-server", "/territory/?server=chernarus"),
    Page("rejudged", "rejudge", [("[name=since]", "2026-01-01T00:00"), "main form button"], roles=(SUPERUSER,)),
    Page("undo-previewed", "undo-period", [("[name=since]", "2026-01-01T00:00"), "main form button"], roles=(SUPERUSER,)),
    Page("tanks-nothing-found", "/tanks/?least=1000&tier=1"),
    *(Page(f"error-{status}", f"/browser/error/{status}", status=status) for status in (400, 403, 404, 413, 429, 500)),
    Page("error-403-csrf", "/browser/error/csrf", status=403),
    Page("admin-ban-none-found", "/admin/territory/ban/?q=nobody-at-all"),
    Page("admin-base-refused", "admin:territory_base_add", ["[name=_save]"], roles=(SUPERUSER,)),
    Page("server-new-refused", "server-new", [("[name=map]", WIDE), "main form button"], roles=(SUPERUSER,)),
    Page("place-of-ftp", "place-new", ["a[href='?kind=ftp']"], roles=(SUPERUSER,), needs_server=True),
    Page("place-of-nitrado-refused", "place-new", ["a[href='?kind=nitrado']", ("[name=number]", WIDE), "main form button"], roles=(SUPERUSER,), needs_server=True),
    Page("place-of-battleye", "place-new", ["a[href='?kind=battleye']"], roles=(SUPERUSER,), needs_server=True),
    Page("place-with-address", "place-new", ["a[href='?kind=ftp']", ("[name=host]", f"ftp://{WIDE}"), "main form button"], roles=(SUPERUSER,), needs_server=True),
    Page("server-tested", "server-setup", ["main .actions button"], roles=(SUPERUSER,), needs_server=True),
    Page("server-token-made", "server-token", ["form.dialog button"], roles=(SUPERUSER,), needs_server=True),
)  # fmt: skip


def pages_of_routes() -> list[Route]:
    """List the routes that are pages. One without a name only redirects to another."""
    return [route for route in routes() if route.name and not _is_excluded(route)]


def _is_excluded(route: Route) -> bool:
    return route.name in EXCLUDED or f"{route.name.partition(':')[0]}:" in EXCLUDED


def routes_without_example() -> list[str]:
    """Name the routes with arguments of which nobody has said how to visit them, or why not."""
    return [route.name for route in pages_of_routes() if route.has_arguments and route.name not in EXAMPLES]


def stale_names() -> list[str]:
    """Name the examples and exclusions of routes that are no more."""
    present = {route.name for route in routes()}
    spaces = {f"{name.partition(':')[0]}:" for name in present}
    return sorted((EXAMPLES.keys() | EXCLUDED.keys()) - present - spaces)


def pages() -> list[Page]:
    """List the pages of the present world; routes of rows that it lacks are left out."""
    addresses = {
        route.name: _address(route.name, EXAMPLES[route.name]() if route.has_arguments else {})
        for route in pages_of_routes()
    }
    plain = [
        Page(name.replace(":", "-"), address, roles=ROLES_OF.get(name, ROLES))
        for name, address in addresses.items()
        if address
    ]
    more = {name: _address(route, find()) for name, (route, find) in MORE_EXAMPLES.items()}
    known = addresses | more
    states = [replace(page, address=known.get(page.address, page.address)) for page in STATES]
    has_server = GameServer.objects.exists()
    return [page for page in (*plain, *states) if page.address and (has_server or not page.needs_server)]


def _address(route_name: str, arguments: Arguments | None) -> str:
    """Return a route's address in the present world, blank if the world lacks a row for it."""
    return "" if arguments is None else reverse(route_name, kwargs=arguments)
