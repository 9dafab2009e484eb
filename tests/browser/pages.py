"""Which pages there are: every route of the site that answers people, with examples for those that take arguments.

A new route without arguments is visited by itself. One with arguments needs a line in EXAMPLES, one that is no page a line in
EXCLUDED; `test_pages.py` fails until it has one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from accounts.tests.people import PASSWORD
from clans.models import AccountLink, User
from clans.services.account_links import waiting_links
from justice.models import Appeal
from justice.services.appeals import thread_token
from territory.models import Ban, Case, IdentityConflict
from territory.services.ban_links import ban_token
from tests.browser.world import MEMBER, OPEN, ROLES, SUPERUSER, VISITOR, WIDE, example
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


def _first(app_label: str, model_name: str, argument: str = "pk") -> Example:
    """Return an example by the first row of a model."""

    def arguments() -> Arguments | None:
        row = example(app_label, model_name)
        return None if row is None else {argument: row.slug if argument == "slug" else row.pk}

    return arguments


def _first_version() -> Arguments | None:
    version = example("territory", "ruleversion")
    return None if version is None else {"slug": version.server.slug, "number": version.number}


def _new_list() -> Arguments | None:
    server = example("territory", "gameserver")
    return None if server is None else {"slug": server.slug, "what": "lists"}


def _list() -> Arguments | None:
    ban_list = example("territory", "banlist")
    return ban_list and {"slug": ban_list.server.slug, "what": "lists", "pk": ban_list.pk}


def _first_run() -> Arguments | None:
    run = example("justice", "undorun")
    return None if run is None else {"run": run.run}


def _key() -> Arguments | None:
    key = Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).first()
    return None if key is None else {"pk": key.pk}


def _waiting_link() -> Arguments | None:
    link = waiting_links().order_by("-pk").first()
    return None if link is None else {"pk": link.pk}


def _of_member(model_name: str, path: str, **names: str) -> Example:
    """Return an example by the first row of a model that belongs to a base of the member: arguments by field."""

    def arguments() -> Arguments | None:
        model = apps.get_model("territory", model_name)
        row = model._default_manager.filter(**{path: MEMBER}).order_by("pk").values(*names.values()).first()
        return row and {argument: row[field] for argument, field in names.items()}

    return arguments


def _link_of_member() -> Arguments | None:
    link = AccountLink.objects.filter(user__username=MEMBER).order_by("pk").first()
    return None if link is None else {"pk": link.pk}


def _stay_of_member() -> Mapping[str, Any] | None:
    """Return a stay of the member in a clan that leads itself."""
    stays = apps.get_model("clans", "clanmembership")._default_manager
    held = stays.filter(user__username=MEMBER, clan__origin="", left_at=None).order_by("pk")
    return held.values("clan", "pk").first()


def _clan_of_member() -> Arguments | None:
    stay = _stay_of_member()
    return {"pk": stay["clan"]} if stay else None


def _end_of_stay(*, of_member: bool = False) -> Arguments | None:
    """Return a stay to end in the clan that the member leads: another's, or the member's own."""
    stay = _stay_of_member()
    stays = apps.get_model("clans", "clanmembership")._default_manager.order_by("pk")
    other = stays.filter(clan=stay["clan"]).exclude(pk=stay["pk"]).first() if stay else None
    if not stay or not other:
        return None
    return {"pk": stay["clan"], "stay_pk": stay["pk"] if of_member else other.pk}


def _base_of_another() -> Arguments | None:
    """Return a base of somebody else whose permissions the member manages."""
    permissions = apps.get_model("territory", "basepermission")._default_manager
    held = permissions.filter(user__username=MEMBER, level="admin").order_by("pk").first()
    return {"pk": held.base_id} if held else None


def _link_of_ban() -> Arguments | None:
    ban = Ban.objects.filter(lifted_at=None).order_by("pk").first()
    return {"token": ban_token(ban.pk)} if ban else None


def _thread() -> Arguments | None:
    written = Appeal.objects.filter(by_link=True).order_by("pk").first()
    return {"token": thread_token(written)} if written else None


def _ban_of_member() -> Arguments | None:
    players = apps.get_model("territory", "playeridentity")._default_manager.filter(user__username=MEMBER)
    ban = Ban.objects.filter(player_id__in=players.values("player_id")).order_by("-pk").first()
    return {"pk": ban.pk} if ban else None


def _case_with_appeal() -> Arguments | None:
    waiting = Appeal.objects.filter(state=Appeal.State.OPEN, ban__cases__isnull=False).order_by("pk")
    case = waiting.values_list("ban__cases", flat=True).first()
    return None if case is None else {"pk": case}


def _waiting_case() -> Arguments | None:
    case = Case.objects.waiting().first()
    return None if case is None else {"kind": "review", "pk": case.pk}


def _decision() -> Arguments | None:
    case = Case.objects.order_by("pk").first()
    return None if case is None else {"pk": case.pk, "act": "mistake"}


def _conflict() -> Arguments | None:
    conflict = IdentityConflict.objects.filter(resolved_at=None).first()
    return None if conflict is None else {"pk": conflict.pk, "answer": "apart"}


# Routes with arguments, by name.
EXAMPLES: dict[str, Example] = {
    "link-confirm": _waiting_link,
    "link-refuse": _waiting_link,
    "verdict": _first("territory", "placement"),
    **dict.fromkeys(
        ("server-breaker", "server-mode", "server-setup", "server-token"),
        _first("territory", "gameserver", "slug"),
    ),
    "place-new": _new_list,
    "place": _list,
    "rule-version": _first_version,
    "undo-run": _first_run,
    "appeal": _link_of_ban,
    "appeal-thread": _thread,
    "my-ban": _ban_of_member,
    **dict.fromkeys(("appeal-grant", "appeal-keep"), _case_with_appeal),
    "case": _first("territory", "case"),
    "case-decide": _decision,
    "review-item": _waiting_case,
    "conflict-settle": _conflict,
    "unlink": _link_of_member,
    "account_reset_password_from_key": lambda: {"uidb36": "1", "key": "used-up"},
    "mfa_remove_webauthn": _key,
    **dict.fromkeys(
        ("base", "base-activity", "base-remove", "base-permissions"),
        _of_member("base", "owner__username", pk="pk"),
    ),
    "permission-revoke": _of_member("basepermission", "base__owner__username", pk="base", permission_pk="pk"),
    "invitation": lambda: {"token": "nowhere"},
    "dayz-clan": _clan_of_member,
    "clan-end": _end_of_stay,
    "clan-invitation": lambda: {"token": "nowhere"},
    "admin:app_list": lambda: {"app_label": "territory"},
    "admin:auth_user_password_change": lambda: {"id": User.objects.earliest("pk").pk},
}
# More examples of a route, each a page of its own in STATES.
MORE_EXAMPLES: dict[str, tuple[str, Example]] = {
    "clan-end-needed": ("clan-end", partial(_end_of_stay, of_member=True)),
    "base-managed": ("base", _base_of_another),
    "base-permissions-managed": ("base-permissions", _base_of_another),
}
# Pages of one role alone, by the name of their route.
ROLES_OF = dict.fromkeys(
    ("base", "base-remove", "base-permissions", "permission-revoke", "clan-end", "unlink", "my-ban"),
    (MEMBER,),
) | dict.fromkeys(("appeal-grant", "appeal-keep"), (SUPERUSER,))
# Routes that are no pages: by name, or by a beginning that ends in a colon.
EXCLUDED: dict[str, str] = {
    "health": "for machines",
    "ready": "for machines",
    "map-data": "JSON",
    "server-test": "takes posts only",
    "place-switch": "takes posts only",
    "wall-feed": "RSS",
    "appeal-reply": "takes posts only",
    "sync-check": "JSON, and may start a sync",
    "sync-status": "JSON",
    "set_language": "takes posts only",
    "export": "a file",
    "admin:wotcs_auditentry_export": "a file",
    **dict.fromkeys(
        (
            "withdraw-claim",
            "withdraw-connections",
            "end-session",
            "end-sessions",
            "revoke-garage",
            "share-garage",
            "review-look",
            "review-skip",
            "review-retry",
            "case-note",
            "case-undo",
        ),
        "takes posts only",
    ),
    "clan-invitation-answer": "takes posts only",
    "invitation-new": "takes posts only",
    "invitation-take-back": "takes posts only",
    "account_logout": "takes posts only",
    "mfa_login_webauthn": "JSON, for a script",
    "mfa_authenticate": "the second step of a sign-in: a state below",
    "discord_callback": "a redirect",
    "wargaming_back": "a redirect",
    "logo": "a picture, of a community that has one",
    "api:": "JSON",
    "admin:logout": "takes posts only",
    "admin:autocomplete": "JSON",
    "admin:jsi18n": "a script",
    "admin:view_on_site": "a redirect, and no model has such an address",
}
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


def admin_examples() -> dict[str, Example]:
    """Return examples for the pages of one row, which each model of the admin has."""
    models = [model._meta for model in admin.site._registry]
    return {
        f"admin:{meta.app_label}_{meta.model_name}_{kind}": _first(
            meta.app_label, meta.model_name or "", "object_id"
        )
        for meta in models
        for kind in ("change", "delete", "history")
    }


def routes_without_example() -> list[str]:
    """Name the routes with arguments of which nobody has said how to visit them, or why not."""
    known = EXAMPLES | admin_examples()
    return [route.name for route in pages_of_routes() if route.has_arguments and route.name not in known]


def stale_names() -> list[str]:
    """Name the examples and exclusions of routes that are no more."""
    present = {route.name for route in routes()}
    spaces = {f"{name.partition(':')[0]}:" for name in present}
    return sorted((EXAMPLES.keys() | EXCLUDED.keys()) - present - spaces)


def pages() -> list[Page]:
    """List the pages of the present world; routes of rows that it lacks are left out."""
    addresses = {route.name: _address(route.name, _example_of(route)) for route in pages_of_routes()}
    plain = [
        Page(name.replace(":", "-"), address, roles=ROLES_OF.get(name, ROLES))
        for name, address in addresses.items()
        if address
    ]
    more = {name: _address(route, find()) for name, (route, find) in MORE_EXAMPLES.items()}
    known = addresses | more
    states = [replace(page, address=known.get(page.address, page.address)) for page in STATES]
    has_server = example("territory", "gameserver") is not None
    return [page for page in (*plain, *states) if page.address and (has_server or not page.needs_server)]


def _example_of(route: Route) -> Arguments | None:
    return (EXAMPLES | admin_examples())[route.name]() if route.has_arguments else {}


def _address(route_name: str, arguments: Arguments | None) -> str:
    """Return a route's address in the present world, blank if the world lacks a row for it."""
    return "" if arguments is None else reverse(route_name, kwargs=arguments)
