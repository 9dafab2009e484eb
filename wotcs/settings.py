"""Settings: one file for every environment; each value that differs comes from the environment (see .env.example)."""

import re
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from wotcs import embedded

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
TESTING = env.bool("DJANGO_TESTING", default=False)
if not TESTING:  # a test's outcome must not hang on what this machine's owner has set
    environ.Env.read_env(BASE_DIR / ".env")

# Where the embedded servers, the generated key and the demo's files live. Not used with outside servers.
DATA_DIR = Path(env.str("WOTCS_DATA_DIR", default=str(BASE_DIR / "var"))).absolute()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or embedded.secret_key(DATA_DIR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "csp",
    "wotcs",
    "announcements",
    "clans",
    "territory",
    "analytics",
    "moving",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "wotcs.urls"
WSGI_APPLICATION = "wotcs.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

# -- Data ---------------------------------------------------------------------------------------------------------

# The old clan system named its driver in the address: postgresql+psycopg2://
DATABASE_URL = re.sub(r"^postgres(ql)?\+\w+:", "postgresql:", env.str("DATABASE_URL", default=""))
DATABASES = {"default": env.db_url_config(DATABASE_URL or embedded.database_url(DATA_DIR))}
# Workers and web threads keep their connection: opening one costs more than judging a small batch.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="") or embedded.redis_url(DATA_DIR, database=0)
if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured(
        "REDIS_URL must be redis://host:6379/0, rediss://... or unix:///path (see .env.example)."
    )
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", default="") or embedded.other_database(REDIS_URL, 1),
        "KEY_PREFIX": "wotcs",
        # A page can do without the cache; it must not wait for one that is down.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": Retry(NoBackoff(), 0)},
    },
}

# -- World of Tanks -----------------------------------------------------------------------------------------------

# The names are those of the system that this one follows.
WOT_APP_ID = env.str("WOT_APP_ID", default="").strip()
WOT_REALM = env.str("WOT_REALM", default="").strip() or "https://api.worldoftanks.com"
CLAN_ID = env.str("CLAN_ID", default="").strip()
WOT_IS_SIMULATED = not WOT_APP_ID and not TESTING and bool(embedded.simulated(DATA_DIR)[0])
if WOT_IS_SIMULATED:
    WOT_APP_ID, WOT_REALM, CLAN_ID = embedded.simulated(DATA_DIR)
WOT_SYNC_MINUTES = env.int("WOT_SYNC_MINUTES", default=20)
WOT_REQUESTS_PER_SECOND = env.float("WOT_REQUESTS_PER_SECOND", default=5.0)
# Players in one request for vehicles, 25 to 100: fewer requests, or smaller answers.
WOT_TANKS_BATCH = env.int("WOT_TANKS_BATCH", default=50)
# The last good answers, from which `manage.py rehydrate` makes the rows anew.
WOT_CACHE_DIR = Path(env.str("WOT_CACHE_DIR", default="") or DATA_DIR / "wargaming")

# -- People -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "clans.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    # Of people who moved in from the old clan system, until they sign in for the first time.
    "clans.hashers.WotcsBcryptHasher",
]
if TESTING:
    PASSWORD_HASHERS[0] = "django.contrib.auth.hashers.MD5PasswordHasher"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# -- Languages and time -------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="pt-br")
LANGUAGES = [("pt-br", _("Portuguese (Brazil)")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="America/Sao_Paulo")
USE_I18N = True
USE_TZ = True

# -- Files served -------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Tests and DEBUG serve files from where they lie, without collecting them.
WHITENOISE_AUTOREFRESH = DEBUG or TESTING
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# -- Safety -------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
# HTTPS=true when a proxy in front speaks TLS: cookies then travel only there.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# 1,000 placements as senders write them take a tenth of it; a larger body is answered by 413.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# -- Celery -------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = embedded.broker_from_redis_url(REDIS_URL)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
# What has to be quick never waits behind what is slow: each queue may have workers of its own.
CELERY_TASK_ROUTES = {
    "territory.judge_due": {"queue": "placements"},
    "territory.sweep_placements": {"queue": "placements"},
    "territory.deliver_bans": {"queue": "outbound"},
    "territory.sweep_bans": {"queue": "outbound"},
    "announcements.*": {"queue": "outbound"},
    "clans.sync_clan": {"queue": "sync"},
}
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
CELERY_TIMEZONE = TIME_ZONE
# visibility_timeout must exceed every hard time limit, or a running task is delivered twice. Without the second line a
# killed worker's task would come back only after a hundred seconds more.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_throttle": 1,
    # A request must not wait for a broker that is down: the sweep finds its rows. Workers try again by themselves.
    "max_retries": 0,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}
CELERY_BEAT_SCHEDULE = {
    # A run that could not start in time is worth nothing: the next one finds the same rows. Hence `expires`.
    "judge-what-is-due": {
        "task": "territory.sweep_placements",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 55},
    },
    "follow-logs": {
        "task": "territory.follow_logs",
        "schedule": timedelta(seconds=3),
        "options": {"expires": 3},
    },
    "deliver-bans-that-are-due": {
        "task": "territory.sweep_bans",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 25},
    },
    "deliver-announcements-that-are-due": {
        "task": "announcements.sweep_announcements",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 25},
    },
    # Each minute, whoever is due: every clan comes round every WOT_SYNC_MINUTES, also after a pause of the whole site.
    "sync-clans-that-are-due": {
        "task": "clans.sync_due_clans",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 55},
    },
    "heartbeat": {
        "task": "wotcs.heartbeat",
        "schedule": timedelta(seconds=20),
        "options": {"expires": 15},
    },
}

# -- Log ----------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # One line a task and a second would bury what matters.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # Below that it writes whole addresses, the application id among them; what fails we log ourselves.
        "urllib3": {"level": "ERROR"},
    },
}
