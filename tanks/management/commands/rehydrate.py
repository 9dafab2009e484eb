"""Makes vehicles and garages anew from the archived answers."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tanks.models import Realm
from tanks.services.realms import realm_at
from tanks.services.rehydrate import rehydrate
from tanks.wargaming.archive import Archive
from tanks.wargaming.errors import NotConfiguredError


class Command(BaseCommand):
    """`rehydrate`: safe at any time; what is stored and newer stays as it is."""

    help = "Make vehicles and garages anew from the last good answers on disk (WOT_CACHE_DIR), without any network."

    def handle(self, **_options: Any) -> None:
        for realm in _realms():
            made = rehydrate(realm, Archive(settings.WOT_CACHE_DIR, realm.name))
            self.stdout.write(
                _(
                    "%(realm)s: %(clans)d clans, %(accounts)d accounts, %(vehicles)d vehicles and %(garages)d garages "
                    "on disk; %(rows)d rows made or changed."
                )
                % {"realm": realm, **made}
            )


def _realms() -> list[Realm]:
    """Return the realms stored; in an empty database the one of the settings."""
    stored = list(Realm.objects.all())
    try:
        return stored or [realm_at(settings.WOT_REALM)]
    except NotConfiguredError as error:
        raise CommandError(str(error)) from None
