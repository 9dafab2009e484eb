"""Makes a person who can sign in, for operators."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from getpass import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import ClanMembership, User
from tanks.models import Player, SyncedClan
from tanks.services.links import link_player, locked_player
from tanks.services.realms import checked_clan_id, clan_in, realm_at
from tanks.wargaming.errors import NotConfiguredError
from wotcs.groups import GROUPS

NAME_TAKEN = 3  # the exit code by which a script notices that the person is there already


class Command(BaseCommand):
    """`create_person NAME`: all that is asked for, or nothing."""

    help = (
        "Make a person with a password, typed twice unless an option says otherwise. "
        f"Exit codes: 0 made, {NAME_TAKEN} the name is taken, 1 anything else; then nothing was stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the name to sign in with")
        password = parser.add_mutually_exclusive_group()
        password.add_argument("--password-from-environment", metavar="VARIABLE", help="do not ask for it")
        password.add_argument(
            "--no-password", action="store_true", help="staff may set one later in the admin"
        )
        parser.add_argument(
            "--account", type=int, metavar="N", help="the person's World of Tanks account, on a synced roster"
        )
        parser.add_argument(
            "--role", choices=ClanMembership.Role.values, help="in the clan, where no account says it"
        )
        parser.add_argument(
            "--clan", metavar="N", help="the clan's number at Wargaming, for --role (default: CLAN_ID)"
        )
        parser.add_argument("--staff", action="store_true", help="may sign in to the admin")
        parser.add_argument("--group", choices=GROUPS, help="staff of this group")

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        person = _person(options["name"], is_staff=options["staff"] or bool(options["group"]))
        _set_password(person, options)
        person.save()
        if options["group"]:
            person.groups.add(Group.objects.get(name=options["group"]))
        if options["account"] is not None:
            self.stdout.write(_link(person, options["account"], options["role"]))
        elif options["role"]:
            self.stdout.write(_give_role(person, options["role"], options["clan"] or settings.CLAN_ID))
        self.stdout.write(_("The person “%(name)s” was made.") % {"name": person})


def _person(name: str, *, is_staff: bool) -> User:
    if User.objects.filter(username=name).exists():
        words = _("The name “%(name)s” is taken. Nothing was changed.") % {"name": name}
        raise CommandError(words, returncode=NAME_TAKEN)
    person = User(username=name, is_staff=is_staff)
    _check(person.full_clean)
    return person


def _set_password(person: User, options: dict[str, Any]) -> None:
    if options["no_password"]:
        return
    password = _password(options["password_from_environment"])
    _check(validate_password, password, person)
    person.set_password(password)


def _check(check: Callable[..., object], *given: object) -> None:
    try:
        check(*given)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None


def _password(variable: str | None) -> str:
    if variable:
        if not (password := os.environ.get(variable, "")):
            raise CommandError(_("The variable %(name)s holds no password.") % {"name": variable})
        return password
    if not sys.stdin.isatty():
        raise CommandError(
            _("Nobody can type a password: use --password-from-environment VARIABLE or --no-password.")
        )
    password = getpass(_("Password: "))
    if password != getpass(_("Once more: ")):
        raise CommandError(_("The two passwords differ."))
    return password


def _link(person: User, account_id: int, role: str | None) -> str:
    """Link the account; the clan's role is the game's, so another one is refused."""
    found = Player.objects.filter(account_id=account_id, clan__synced__isnull=False)[:2]
    if not found:
        words = _(
            "No synced clan has the account %(number)d on its roster. Sync it first: manage.py sync_clan."
        )
        raise CommandError(words % {"number": account_id})
    if len(found) > 1:
        words = _("Two realms have an account %(number)d: link the right one in the admin.")
        raise CommandError(words % {"number": account_id})
    player = locked_player(found[0].pk)
    if player.user:
        words = _("The account %(player)s is linked to %(person)s: take that link away in the admin first.")
        raise CommandError(words % {"player": player, "person": player.user})
    if role == ClanMembership.Role.COMMANDER and not player.commands:
        words = _("In the game %(player)s does not command %(clan)s, and the game decides: leave --role out.")
        raise CommandError(words % {"player": player, "clan": player.clan})
    link_player(player, person, at=timezone.now())
    return _("Linked: %(player)s of %(clan)s.") % {"player": player, "clan": player.clan}


def _give_role(person: User, role: str, number: str) -> str:
    clan = _clan(number)
    stay = ClanMembership.objects.create(user=person, clan=clan, role=role)
    return f"{stay}: {stay.get_role_display()}"


def _clan(number: str) -> SyncedClan:
    """Return the clan CLAN_ID, made if need be, or another one that is there already: a mistyped number makes none."""
    if not number:
        raise CommandError(_("Which clan? Set CLAN_ID, or name it: --clan 1000001."))
    try:
        wargaming_id = checked_clan_id(number)
        if number == settings.CLAN_ID:
            return clan_in(realm_at(settings.WOT_REALM), wargaming_id)
    except NotConfiguredError as error:
        raise CommandError(str(error)) from None
    clan = SyncedClan.objects.filter(wargaming_id=wargaming_id).first()
    if clan is None:
        raise CommandError(_("There is no synced clan %(number)s.") % {"number": number})
    return clan
