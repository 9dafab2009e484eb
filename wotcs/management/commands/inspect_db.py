"""Tells an operator how this installation is doing."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from wotcs.inspection import report, text
from wotcs.inspection.findings import Finding, find

_CONNECT_SECONDS = 5


class Command(BaseCommand):
    """`inspect_db`: a diagnosis that changes nothing; ends with what needs a look."""

    # They ask the database, and this command is for finding out why it does not answer.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _("Show how database, queues, syncs and logs are doing, and what needs a look.")
        parser.add_argument("--json", action="store_true", help=_("print the same as JSON"))

    def handle(self, *_args: Any, **options: Any) -> None:
        found = _inspect()
        findings = find(found)
        if options["json"]:
            self.stdout.write(_json(found, findings))
        else:
            self.stdout.write("\n".join(text.lines(found, findings)).lstrip("\n"))


def _inspect() -> report.Report:
    connection.settings_dict["OPTIONS"].setdefault("connect_timeout", _CONNECT_SECONDS)
    try:
        return report.inspect()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        message = _("The database does not answer: %(reason)s. Is it running, and is DATABASE_URL right?")
        raise CommandError(message % {"reason": reason}) from None


def _json(found: report.Report, findings: list[Finding]) -> str:
    content = asdict(found) | {"findings": [asdict(finding) for finding in findings]}
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
