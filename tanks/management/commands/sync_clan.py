"""Syncs one clan in the foreground."""

import json
import sys
import time
from argparse import ArgumentParser
from functools import partial
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from tanks.models import Section, SyncedClan, SyncRun, SyncTrouble
from tanks.services import realms, sync
from tanks.wargaming.errors import NotConfiguredError

# kill -9 frees the dead process's lock a moment later; a worker's own sync of the clan may take longer than that.
_PATIENCE_SECONDS = 15


class Command(BaseCommand):
    """`sync_clan`: what a worker does every twenty minutes, at once and with a progress bar."""

    help = (
        "Sync a clan's roster, accounts and vehicles from Wargaming's API now. "
        "Settings: WOT_APP_ID, CLAN_ID, WOT_REALM (see .env.example)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--clan", metavar="ID", help="the clan's number at Wargaming (default: CLAN_ID)")
        parser.add_argument("--full", action="store_true", help="read everybody's vehicles, played or not")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, **options: Any) -> None:
        clan = _clan(options["clan"])
        is_new = not clan.sync_runs.exists()
        run = _sync(clan, is_full=options["full"])
        if is_new and run.trouble == SyncTrouble.EMPTY and not clan.players.exists():
            _forget_unknown(clan)
        clan.refresh_from_db()
        report = _report(run, clan)
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else _in_words(run, clan))
        if run.state == SyncRun.State.FAILED:
            sys.exit(1)


def _clan(number: str | None) -> SyncedClan:
    try:
        if not number and not settings.CLAN_ID:
            raise CommandError(_("Which clan? Set CLAN_ID, or name it: --clan 1000001."))
        checked = realms.checked_clan_id(number or settings.CLAN_ID)
        return realms.clan_in(realms.realm_at(settings.WOT_REALM), checked)
    except NotConfiguredError as error:
        raise CommandError(str(error)) from None


def _forget_unknown(clan: SyncedClan) -> NoReturn:
    """Keep nothing of a number that was mistyped: the clan would be asked for every twenty minutes."""
    number = clan.wargaming_id
    clan.delete()
    raise CommandError(
        _("The API knows no clan %(number)s in this realm. Nothing was stored.") % {"number": number}
    )


def _sync(clan: SyncedClan, *, is_full: bool) -> SyncRun:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    with tqdm(disable=not sys.stderr.isatty(), leave=False, file=sys.stderr) as bar:
        while True:
            try:
                return sync.sync_now(
                    clan, trigger=SyncRun.Trigger.COMMAND, is_full=is_full, on_step=partial(_show, bar)
                )
            except sync.SyncRunningError:
                if time.monotonic() > give_up_at:
                    raise CommandError(_("Another process is syncing this clan right now.")) from None
            time.sleep(0.2)


def _show(bar: "tqdm[NoReturn]", section: Section, done: int, total: int) -> None:
    """Show how far a section is."""
    bar.total, bar.n = total, done
    bar.set_description(str(section.label))


def _report(run: SyncRun, clan: SyncedClan) -> dict[str, Any]:
    as_stored = ("state", "calls", "bytes", "rows_changed", "changes", "trouble", "error")
    return {
        "run": run.pk,
        "clan": clan.wargaming_id,
        "name": clan.name,
        "realm": clan.realm.url,
        "full": run.is_full,
        "seconds": _seconds(run),
        **{name: getattr(run, name) for name in as_stored},
    }


def _seconds(run: SyncRun) -> float:
    return round(run.duration.total_seconds(), 3) if run.duration else 0.0


def _in_words(run: SyncRun, clan: SyncedClan) -> str:
    values = {
        "clan": clan,
        "state": run.get_state_display(),
        "calls": run.calls,
        "rows": run.rows_changed,
        "seconds": _seconds(run),
    }
    lines = [_("%(clan)s: %(state)s. %(calls)d calls, %(rows)d rows changed, %(seconds).1f s.") % values]
    lines += [f"  {Section(name).label}: {rows}" for name, rows in run.changes.items()]
    if run.trouble:
        lines.append(f"  {run.get_trouble_display()}: {run.error}".removesuffix(": "))
    return "\n".join(lines)
