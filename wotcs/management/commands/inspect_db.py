"""Tells an operator how this installation is doing."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from wotcs.operations import subjects, text

_CONNECT_SECONDS = 5


class Command(BaseCommand):
    """`inspect_db`: a diagnosis that changes nothing; ends with what needs a look."""

    # They ask the database, and this command is for finding out why it does not answer.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _("Show how database, queues, syncs and logs are doing, and what needs a look.")
        parser.add_argument("--json", action="store_true", help=_("print the same as JSON"))

    def handle(self, *_args: Any, **options: Any) -> None:
        connection.settings_dict["OPTIONS"].setdefault("connect_timeout", _CONNECT_SECONDS)
        now = timezone.now()
        groups = [(subject.title, figures) for subject, figures in subjects.look(now)]
        figures = [figure for _title, few in groups for figure in few]
        if options["json"]:
            content = [asdict(figure) for figure in figures]
            self.stdout.write(json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(text.lines(groups, now)).lstrip("\n"))
        if down := next((figure for figure in figures if figure.key == "database"), None):
            raise CommandError(f"{down.hint} ({down.value})")
