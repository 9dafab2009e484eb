"""Settings: one file for every environment; each value that differs comes from the environment (see .env.example).

Reading them starts nothing and writes nothing. `make run`, `make services` and the tests start servers first, and hand
their addresses over by the environment.
"""

import re
from pathlib import Path

import environ
import pghistory
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from common import redis_urls
from wotcs import policy

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
TESTING = env.bool("DJANGO_TESTING", default=False)
if not TESTING:  # a test's outcome must not depend on this machine's .env
    environ.Env.read_env(BASE_DIR / ".env")


def _needed(**examples: str) -> list[str]:
    """Return the values without which nothing works; raise one error that names all that are missing."""
    values = {name: env.str(name, default="") for name in examples}
    if missing := [f"{name}={examples[name]}" for name, value in values.items() if not value]:
        raise ImproperlyConfigured(
            f"Not set: {', '.join(line.partition('=')[0] for line in missing)}. Write into .env or the environment "
            f"(.env.example explains them): {'  '.join(missing)}\n"
            "For development run `make run` or `make services`: while it runs, manage.py takes them from it."
        )
    return list(values.values())


SECRET_KEY, DATABASE_URL, REDIS_URL = _needed(
    SECRET_KEY="50 random letters and digits",  # noqa: S106 - says what to write
    DATABASE_URL="postgres://user:password@host:5432/name",
    REDIS_URL="redis://host:6379/0",
)

# Where Wargaming's last answers are kept, and with `make run` its servers' data.
DATA_DIR = Path(env.str("WOTCS_DATA_DIR", default=str(BASE_DIR / "var"))).absolute()

# Staff may name only files below these folders as logs and ban lists; the demo's folder is always one of them.
GAME_FILES_ROOTS = [*map(Path, env.list("GAME_FILES_ROOTS", default=[])), DATA_DIR / "demo"]

DEBUG = env.bool("DEBUG", default=False)
# Former keys: texts that they signed or sealed can still be read; new ones are made with SECRET_KEY.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# As in pyproject.toml; Discord is told it.
VERSION = "0.1.0"

# Where people reach the site, for links in announcements: without it these carry none.
SITE_URL = env.str("SITE_URL", default="").strip().rstrip("/")

INSTALLED_APPS = [
    "wotcs.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "pgtrigger",
    "pghistory",
    "wotcs",
    "face",
    "announcements",
    "clans",
    "tanks",
    "territory",
    "accounts",
    "justice",
    "analytics",
    "moving",
    # Commands for development; the production image does not contain them.
    *(["local"] if (BASE_DIR / "local").is_dir() else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # A page that holds a secret of ours and echoes what a visitor sends could be guessed from its length (BREACH): Django
    # masks the CSRF token anew in each answer and pads compressed ones at random.
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wotcs.causes.CauseMiddleware",
    "wotcs.headers.HeadersMiddleware",
    "clans.language.AccountLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "wotcs.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "wotcs.urls"
WSGI_APPLICATION = "wotcs.wsgi.application"
# Fields are drawn by our templates where we have them.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

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
                "analytics.shell.shell",
            ]
        },
    }
]

# -- Data ---------------------------------------------------------------------------------------------------------

# The old clan system named its driver in the address: postgresql+psycopg2://
DATABASE_URL = re.sub(r"^postgres(ql)?\+\w+:", "postgresql:", DATABASE_URL)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
# A socket as libpq spells it, postgres://user:password@/name?host=/run/postgresql, stands where Django looks for it.
for _name in ("host", "port"):
    if _value := DATABASES["default"].get("OPTIONS", {}).pop(_name, None):
        DATABASES["default"][_name.upper()] = _value
# Workers and web threads keep their connection: opening one costs more than judging a small batch.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured(
        "REDIS_URL must be redis://host:6379/0, rediss://... or unix:///path (see .env.example)."
    )
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", default="") or redis_urls.other_database(REDIS_URL, 1),
        "KEY_PREFIX": "wotcs",
        # A page can do without the cache; it must not wait for one that is down.
        "OPTIONS": {
            "serializer": "common.json_cache.JSONSerializer",
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            "retry": Retry(NoBackoff(), 0),
        },
    }
}

# Events of the audit (common/audit.py) are read by their row alone: no index for each foreign key.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)

# -- DayZ ---------------------------------------------------------------------------------------------------------

NITRADO_API_URL = env.str("NITRADO_API_URL", default="").strip().rstrip("/") or "https://api.nitrado.net"
# Staff are told when players were seen for so long and nothing that they placed, and when logs come so late.
ALARM_SILENCE_HOURS = env.int("ALARM_SILENCE_HOURS", default=6)
ALARM_LAG_MINUTES = env.int("ALARM_LAG_MINUTES", default=30)

# -- World of Tanks -----------------------------------------------------------------------------------------------

# The names are those of the system that this one follows.
WOT_APP_ID = env.str("WOT_APP_ID", default="").strip()
WOT_REALM = env.str("WOT_REALM", default="").strip() or "https://api.worldoftanks.com"
# For a simulator on another machine. Otherwise the application id goes to Wargaming's own hosts only.
WOT_REALM_TRUSTED = env.bool("WOT_REALM_TRUSTED", default=False)
CLAN_ID = env.str("CLAN_ID", default="").strip()
WOT_SYNC_MINUTES = env.int("WOT_SYNC_MINUTES", default=20)
WOT_REQUESTS_PER_SECOND = env.float("WOT_REQUESTS_PER_SECOND", default=5.0)
# Players in one request for vehicles, 25 to 100: fewer requests, or smaller answers.
WOT_TANKS_BATCH = env.int("WOT_TANKS_BATCH", default=50)
# The last good answers; `manage.py rehydrate` makes the rows anew from them.
WOT_CACHE_DIR = Path(env.str("WOT_CACHE_DIR", default="") or DATA_DIR / "wargaming")

# -- People -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "clans.User"
AUTHENTICATION_BACKENDS = ["clans.backends.PasswordBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# How people sign in is django-allauth's; whom an account belongs to is decided in accounts/.
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_USERNAME_BLACKLIST = [
    *("admin", "administrator", "equipe", "moderador", "moderator", "staff", "suporte", "support", "wotcs"),
]
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.RegistrationForm",
    "reauthenticate": "accounts.forms.PasswordAgainForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
}
ACCOUNT_SESSION_REMEMBER = True
# Two accounts may have one address, or registration would tell which addresses are known.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
# Seconds for which a link to set a password works.
PASSWORD_RESET_TIMEOUT = 24 * 3600
# Attempts are counted by common.attempts: in clans.backends, and in accounts.forms.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
DISCORD_CLIENT_ID = env.str("DISCORD_CLIENT_ID", default="").strip()
DISCORD_CLIENT_SECRET = env.str("DISCORD_CLIENT_SECRET", default="").strip()
# Where Discord is asked; another address only for a stand-in.
DISCORD_API_URL = env.str("DISCORD_API_URL", default="").strip().rstrip("/") or "https://discord.com/api"
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "activate_totp": "accounts.forms.ActivateAppForm",
    "add_webauthn": "accounts.forms.AddKeyForm",
    "authenticate_webauthn": "accounts.forms.KeyForm",
    "reauthenticate_webauthn": "accounts.forms.KeyAgainForm",
    "login_webauthn": "accounts.forms.PasskeyForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # periods of half a minute: the clocks of telephones differ
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Whoever is of staff uses no page before a second factor was given.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not TESTING)
# Without it no e-mail is sent: staff then make links to set a password.
EMAIL_URL = env.str("EMAIL_URL", default="").strip()
if EMAIL_URL:
    try:
        vars().update(env.email_url_config(EMAIL_URL))
    except (ImproperlyConfigured, ValueError) as error:
        raise ImproperlyConfigured(
            "EMAIL_URL must be smtp+tls://user:password@host:587 or smtp+ssl://user:password@host:465, with special "
            "characters of the password in %-form (see .env.example)."
        ) from error
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="WOTCS <webmaster@localhost>")
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    # Passwords of people who moved in from the old clan system, until they sign in for the first time.
    "clans.hashers.WotcsBcryptHasher",
]
if TESTING:
    PASSWORD_HASHERS[0] = "django.contrib.auth.hashers.MD5PasswordHasher"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.services.passwords.LengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# -- Languages and time -------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="pt-br")
LANGUAGES = [("pt-br", _("Portuguese (Brazil)")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="America/Sao_Paulo")
FORMAT_MODULE_PATH = "wotcs.formats"

# -- Files served -------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Tests and DEBUG serve files from their sources, without collecting them.
WHITENOISE_AUTOREFRESH = DEBUG or TESTING
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    }
}

# -- Maps ---------------------------------------------------------------------------------------------------------

# Pictures of the game's maps, which this site neither owns nor ships: addresses with {z}, {x} and {y} by a map's name.
# Whoever serves them learns which parts people look at.
GAME_MAP_TILES: dict[str, str] = (
    env.json("GAME_MAP_TILES", default={}) if env.str("GAME_MAP_TILES", default="") else {}
)

# -- Safety -------------------------------------------------------------------------------------------------------

# Staff may type public addresses with https only. For development: also addresses of this machine, for stand-ins.
ALLOW_LOOPBACK_ADDRESSES = env.bool("ALLOW_LOOPBACK_ADDRESSES", default=TESTING)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *policy.tile_origins(GAME_MAP_TILES)],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [
            SELF,
            *policy.sign_in_hosts(
                WOT_REALM,
                *([DISCORD_API_URL] if DISCORD_CLIENT_ID else []),
                allow_loopback=ALLOW_LOOPBACK_ADDRESSES,
            ),
        ],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# HTTPS=true when a proxy in front speaks TLS: cookies then travel only there.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# `check --deploy` also wants HSTS for all names below this one: a community's other hosts are not ours to bind.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# The usual 1,000 placements take a seventh of it, with the longest names nearly all; reading the worst JSON of this size
# takes a fifth of a second. A larger body of any kind is answered by 413, unread. The one file that staff may hand over, the
# community's logo, stays in memory and is stored in its row.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
# The number of proxies in front of the site; each adds to X-Forwarded-For. If it is too high, visitors can forge addresses.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# -- Celery (queues and periodic tasks: wotcs/celery.py) ----------------------------------------------------------

CELERY_BROKER_URL = redis_urls.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
CELERY_TIMEZONE = TIME_ZONE
# visibility_timeout must exceed every hard time limit, or a running task is delivered twice. Without
# unacked_restore_throttle a killed worker's task would come back a hundred seconds later.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_throttle": 1,
    # A web request must not wait for a broker that is down: the sweep finds the rows. Workers reconnect by themselves.
    "max_retries": 0,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}

# -- Log ----------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "filters": {
        "refusals": {
            "()": "django.utils.log.CallbackFilter",
            "callback": "ext://wotcs.refusals.without_traceback",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # One line a task and a second would bury what matters.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # Below that level it writes whole addresses with the application id; our own code logs failures.
        "urllib3": {"level": "ERROR"},
    },
}
