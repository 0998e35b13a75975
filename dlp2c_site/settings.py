"""Settings, read from the environment.

Without any variable set this is a local installation: SQLite, a broker in a folder, a generated secret key, served on
this machine only. Naming `ALLOWED_HOSTS` makes it a deployment: then `SECRET_KEY` is required and everything goes over
HTTPS. `docs/settings.md` lists the variables.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

# Lets admin classes be written with the type of their model.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

#: All that the site writes: database, uploads, messages, secret key.
VAR = Path(env.str("DLP2C_VAR", default=str(BASE_DIR / "var"))).resolve()

DEPLOYED = "ALLOWED_HOSTS" in env
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])


def _local_secret_key() -> str:
    """The key of this installation, made at first need and kept where only its user can read it."""
    path = VAR / "secret_key"
    if not path.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=VAR)  # readable by its owner alone
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
        # Two processes may start at once: the file appears whole, and the first one stays.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if DEPLOYED:
        raise ImproperlyConfigured("Set SECRET_KEY: a site with ALLOWED_HOSTS needs a secret of its own.")
    SECRET_KEY = _local_secret_key()

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "dlp2c_site.apps.SiteStaticFilesConfig",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "extraction",
    "annotations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "dlp2c_site.urls"
WSGI_APPLICATION = "dlp2c_site.wsgi.application"
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
            ],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------------------------------


def _database() -> dict[str, Any]:
    config: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{VAR / 'db.sqlite3'}")
    sqlite = config["ENGINE"] == "django.db.backends.sqlite3"
    if sqlite:
        Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        # Readers and one writer at a time side by side. A transaction takes the writer's place when it begins: one
        # that upgraded later could find that another had written in between, and fail. Who waits, waits in fairness.
        config["ENGINE"] = "dlp2c_site.sqlite"
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    else:
        config["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
        config["CONN_HEALTH_CHECKS"] = True
    # A database of its own for each test run; a file also with SQLite, because threads and processes must meet in it.
    name = f"test_dlp2c_{os.getpid()}"
    config["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"{name}.sqlite3") if sqlite else name}
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

# --- Files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Uploads are never served from a folder: `dlp2c_site.files` asks who wants them.
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "extraction.storage.ContentStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if DEPLOYED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# A local installation serves what lies in static/ without a collecting step.
WHITENOISE_USE_FINDERS = not DEPLOYED
WHITENOISE_AUTOREFRESH = not DEPLOYED
FILE_UPLOAD_PERMISSIONS = 0o640
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_MB", default=60) * 1024 * 1024
MAX_PAPER_PAGES = 500
#: Unread papers one person may have waiting at a time.
MAX_WAITING_PAPERS = env.int("MAX_WAITING_PAPERS", default=50)
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
#: What people settled goes here, in the form of the benchmark; and the benchmark itself, whose papers keep their part.
TRAINING_DIR = Path(env.str("TRAINING_DIR", default=str(VAR / "training")))
BENCHMARK_DIR = Path(env.str("DLP2C_BENCHMARK", default=str(BASE_DIR.parent / "shared" / "benchmark")))
#: So many accepted labels that are new since the last retraining begin one by themselves; 0: none does.
RETRAIN_AFTER = env.int("RETRAIN_AFTER", default=50)
#: Whether captions and words inside figures count beside their pictures when figures are classified.
CLASSIFY_WITH_WORDS = env.bool("CLASSIFY_WITH_WORDS", default=True)
EXAMPLE_PAPER = BASE_DIR / "examples" / "tinynet.pdf"

# --- Jobs -------------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="spool://localhost")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL.startswith("spool:"):
    _broker = VAR / "broker"
    for _folder in ("messages", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.5,
    }
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="dlp2c")
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 100
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
#: A paper that takes longer is given up with a message; any job that takes much longer is killed.
READ_SECONDS = env.int("READ_SECONDS", default=20 * 60)
CELERY_TASK_TIME_LIMIT = READ_SECONDS + 300
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=60)
#: A running job says at this pace that it is alive; after the longer time without a word it counts as dead.
HEARTBEAT_SECONDS = env.float("HEARTBEAT_SECONDS", default=10)
STALE_SECONDS = env.float("STALE_SECONDS", default=90)
#: How often a job may be lost (a killed worker, a crash of the machine) before it is given up with a message.
MAX_ATTEMPTS = 3
#: How long a task stays with somebody who gives no sign of being at it.
LEASE_MINUTES = env.float("LEASE_MINUTES", default=30)
#: So many people are asked about a task at once; more follow one by one while they differ, up to the limit.
ANSWERS_FIRST = env.int("ANSWERS_FIRST", default=3)
ANSWERS_LIMIT = env.int("ANSWERS_LIMIT", default=9)
#: So many people, more than found an answer, must say that a figure shows no network, or can't be read.
SKIPS_TO_RETIRE = env.int("SKIPS_TO_RETIRE", default=3)
#: How long a returned answer waits for its author before others may answer in their place.
RETURN_DAYS = env.int("RETURN_DAYS", default=14)
#: How long a decision can be taken back by who made it.
UNDO_MINUTES = env.int("UNDO_MINUTES", default=60)
#: Whether a second moderator confirms what matters, where the site has enough of them; and what matters: an edit of
#: more elements than this, a consensus less likely than this, a network fetched and rated more often than this.
SECOND_MODERATOR = env.bool("SECOND_MODERATOR", default=True)
SECOND_CHANGES = env.int("SECOND_CHANGES", default=5)
SECOND_PROBABILITY = env.float("SECOND_PROBABILITY", default=0.1)
SECOND_USES = env.int("SECOND_USES", default=50)

# --- People -----------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "contribute"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
# An address may be left out. One that is given is confirmed by a mail, before notices go there.
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_ADAPTER = "dlp2c_site.accounts.AccountAdapter"
# Names stand in addresses (/people/<name>/), so no spaces and no signs that need escaping.
ACCOUNT_USERNAME_VALIDATORS = "annotations.usernames.validators"
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True

#: Of one person.
COMMENTS_PER_HOUR = env.int("COMMENTS_PER_HOUR", default=30)
REPORTS_PER_DAY = env.int("REPORTS_PER_DAY", default=20)

# --- Mails ------------------------------------------------------------------------------------------------------------

#: Where the site is, for links in mails.
SITE_URL = env.str(
    "SITE_URL",
    default=f"https://{ALLOWED_HOSTS[0].lstrip('.*') or 'localhost'}" if DEPLOYED else "http://localhost:8000",
)
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str(
    "MAIL_FROM", default=f"DLPaper2Code <noreply@{urlsplit(SITE_URL).hostname or 'localhost'}>"
)

# --- Security ---------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
if DEPLOYED:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- API --------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "annotations.api.pagination.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "annotations.api.errors.handler",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("THROTTLE_ANON", default="120/min"),
        "user": env.str("THROTTLE_USER", default="600/min"),
        "token": env.str("THROTTLE_TOKEN", default="10/min"),
        "upload": env.str("THROTTLE_UPLOAD", default="200/hour"),
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "DLPaper2Code",
    "DESCRIPTION": "From deep-learning papers to code that has been run.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "PaperState": "extraction.models.Paper.State",
        "TaskState": "annotations.models.Task.State",
        "TrainingState": "extraction.models.TrainingRun.State",
        "ArtifactState": "annotations.models.Artifact.State",
        "TaskKind": "annotations.models.Task.Kind",
        "NoticeKind": "annotations.models.Notice.Kind",
        "ReportCode": "annotations.models.Report.Code",
        "ReportState": "annotations.models.Report.State",
        "SanctionKind": "annotations.models.Sanction.Kind",
        "ReviewDecision": "annotations.models.Review.Decision",
        "ReviewCode": "annotations.models.Review.Code",
        "FigureKind": "extraction.models.FIGURE_KINDS",
        "AnswerKind": "annotations.models.submissions.ANSWER_KINDS",
        "Framework": "annotations.models.gold.FRAMEWORKS",
    },
}

# --- The rest ---------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"level": "WARNING"}},
}
