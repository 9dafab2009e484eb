"""Makes the demo community and its story."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.translation import gettext as _

from local import terminal
from local.demo import cast, story


class Command(BaseCommand):
    """`demo`: once; a second time it changes nothing."""

    help = "Make the demo community with thirty days behind it, and say how to sign in."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        data_dir = Path(settings.DATA_DIR)
        is_made = story.make(data_dir)
        with translation.override(terminal.language()):
            if not is_made:
                self.stdout.write(_("This database is in use: the demo is made in an empty one only."))
            for line in cast.sign_in_lines(data_dir):
                self.stdout.write(line)
