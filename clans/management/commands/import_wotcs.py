"""Takes over the database of the old clan system."""

import contextlib
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from clans.moving import address, source, wording
from clans.moving.players import Destination
from clans.moving.report import Entry, Report
from clans.moving.take_over import TABLES, take_over
from tanks.models import Realm
from tanks.models.realm import OFFICIAL
from tanks.services import realms
from tanks.wargaming.errors import NotConfiguredError


class Command(BaseCommand):
    """`import_wotcs --database URL`: may be run again at any time; what it took over already stays as it is."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Take over people, players and vehicles from the database of the old clan system."
        )
        parser.add_argument(
            "--database",
            metavar="URL",
            required=True,
            help=_("its database: postgresql://user:password@host:5432/name, or a copy: sqlite:///copy.db"),
        )
        parser.add_argument(
            "--realm",
            metavar="NAME",
            help=_("the realm of its players: eu, na, asia (default: that of WOT_REALM)"),
        )
        parser.add_argument("--json", action="store_true", help=_("print the report as JSON"))
        parser.add_argument("--dry-run", action="store_true", help=_("report as usual, but keep nothing"))

    def handle(self, *_args: Any, **options: Any) -> None:
        where, is_dry = _address(options["database"]), options["dry_run"]
        with tempfile.TemporaryFile("w+", encoding="utf-8") as entries:
            report = Report(self._teller(entries, as_json=options["json"]))
            to = _taken_over(where, options["realm"], report, is_dry=is_dry)
            if options["json"]:
                for piece in wording.json_of(report, to, entries, is_dry=is_dry):
                    self.stdout.write(piece, ending="")
                self.stdout.write()
            else:
                self.stdout.write(wording.summary(report, to, is_dry=is_dry))

    def _teller(self, entries: IO[str], *, as_json: bool) -> Callable[[Entry], None]:
        def tell(entry: Entry) -> None:
            if as_json:
                wording.keep(entry, entries)
            else:
                self.stdout.write(wording.line(entry))

        return tell


def _taken_over(
    where: address.PostgresAddress | address.SqliteAddress,
    realm_name: str | None,
    report: Report,
    *,
    is_dry: bool,
) -> Destination:
    trial = transaction.atomic() if is_dry else contextlib.nullcontext()
    try:
        with source.open_source(where, TABLES) as old, trial, _bar() as bar:
            if not old.tables:
                raise CommandError(_("The old database has none of the tables user, player and garagetank."))
            to = _destination(realm_name)
            take_over(old, to, report, on_rows=bar.update)
            if is_dry:
                transaction.set_rollback(True)
    except source.SourceError as error:
        message = _(
            "The old database cannot be read: %(reason)s. What was taken over before stays; run this again."
        )
        raise CommandError(message % {"reason": error}) from None
    if not report.tables:
        raise CommandError(_("The tables of the old database have not the columns they should have."))
    return to


def _bar() -> "tqdm[Any]":
    return tqdm(disable=not sys.stderr.isatty(), leave=False, file=sys.stderr, unit=" rows")


def _address(url: str) -> address.PostgresAddress | address.SqliteAddress:
    try:
        return address.parse(url)
    except address.BadAddress:
        raise CommandError(
            _(
                "This is no address of a database. Write it like postgresql://user:password@host:5432/name "
                "(an @ in the password as %40) or sqlite:///copy.db."
            )
        ) from None


def _destination(realm_name: str | None) -> Destination:
    try:
        clan = realms.default_clan()
        realm = _realm(realm_name) if realm_name else realms.realm_at(settings.WOT_REALM)
    except NotConfiguredError as error:
        raise CommandError(str(error)) from None
    # A clan of another realm is another clan.
    return Destination(realm, clan if clan and clan.realm_id == realm.pk else None, timezone.now())


def _realm(name: str) -> Realm:
    """Return a realm by its name: one that is stored, or one of the game's own."""
    stored = Realm.objects.filter(name=name).first()
    if stored is not None:
        return stored
    hosts = {known: host for host, known in OFFICIAL.items()}
    if name in hosts:
        return realms.realm_at(f"https://{hosts[name]}")
    known = sorted({*hosts, *Realm.objects.values_list("name", flat=True)})
    raise CommandError(
        _("There is no realm %(name)s; known are %(known)s.") % {"name": name[:40], "known": ", ".join(known)}
    )
