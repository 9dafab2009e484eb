"""The site as in production for the browser: collected, compressed files with digests in their names."""

from pathlib import Path

from wotcs.settings import *  # noqa: F403
from wotcs.settings import DATA_DIR, STORAGES

ROOT_URLCONF = "tests.browser.urls"
# Pages of ways in are there; nobody goes farther.
DISCORD_CLIENT_ID = DISCORD_CLIENT_SECRET = "browser"
WOT_APP_ID = "browser"
STATIC_ROOT = Path(DATA_DIR) / "staticfiles"
WHITENOISE_AUTOREFRESH = False
# Whoever gave a second factor when the visits began is not asked again.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 3600
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
