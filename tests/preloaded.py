"""What the processes of `forked` have in common, imported once before they are forked."""

import django
import pytest  # noqa: F401 - so do the modules whose functions they run

django.setup()

from wotcs.celery import app  # noqa: E402 - the apps are ready only now

app.loader.import_default_modules()
