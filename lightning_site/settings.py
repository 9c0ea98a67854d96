"""Every setting of the product, each read from the environment through env.py."""

import sys
from pathlib import Path
from typing import Any

from lightning_site import env, secret_key
from state.apo.policy import STRATEGIES

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.directory("LIGHTNING_VAR_DIR", BASE_DIR / "var")

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = secret_key.given_or_kept("SECRET_KEY", VAR_DIR)
# Names are judged once for every door and socket, before Django (state/doors/asgi/gate.py).
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
LIGHTNING_PATH_PREFIX = env.prefix("FORCE_SCRIPT_NAME")

INSTALLED_APPS = [
    # Only the development server is daphne's: Twisted costs every other process 20 MB.
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "state",
    "dashboard",
]

MIDDLEWARE = [
    "state.doors.rest.mounted.mounted_middleware",
    "state.doors.rest.middleware.request_id_middleware",
    "state.doors.rest.cookies.secure_cookies_middleware",
    "django.middleware.security.SecurityMiddleware",
    "state.doors.rest.static_files.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "state.doors.rest.csrf.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "lightning_site.urls"
ASGI_APPLICATION = "lightning_site.asgi.application"

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
    },
]

# --- Data ------------------------------------------------------------------------------------

is_migrating = sys.argv[1:2] == ["migrate"]
DATABASE: dict[str, Any] = env.database("DATABASE_URL", VAR_DIR / "lightning.sqlite3")
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE["ENGINE"] = "state.store.backends.sqlite3"
    DATABASE["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        # FULL: an acknowledged write survives a power cut (contract §2).
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456;"
        # What a statement of a batch would have to take back is kept in memory, not in a file of
        # its own. A migration sorts whole tables for their indexes: that may take files.
        + ("" if is_migrating else " PRAGMA temp_store=MEMORY;"),
    }
else:
    DATABASE["ENGINE"] = "state.store.backends.postgresql"
    DATABASE["CONN_HEALTH_CHECKS"] = True  # the pool hands out no connection of a lost server
    given_options = DATABASE.get("OPTIONS", {})
    DATABASE["OPTIONS"] = {
        # A server that is gone without a word (its machine, the network) is given up after so long.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "connect_timeout": 5,
        # A server that only reads is none: of several hosts the one that writes is taken. Of one
        # host a primary whose database is read-only still answers reads.
        "target_session_attrs": "read-write" if "," in (DATABASE.get("HOST") or "") else "primary",
        **given_options,
        # What the promises rest on is said in each session; synchronous_commit is raised when it
        # is connected (store/backends/postgresql).
        "options": " ".join(
            [
                # A process that stands still within a transaction loses it, and others go on;
                # nobody waits for a lock or a statement for ever.
                "-c idle_in_transaction_session_timeout=10s -c lock_timeout=15s",
                *(["-c statement_timeout=30s"] if not is_migrating else []),
                r"-c default_transaction_isolation=read\ committed -c search_path=public",
                "-c standard_conforming_strings=on -c TimeZone=UTC -c DateStyle=ISO",
                *([given_options["options"]] if "options" in given_options else []),
            ]
        ),
        # The pool doubles its pause between tries for as long as reconnect_timeout: by default it
        # stays away from a server that is back for as long again as that was gone, up to minutes.
        # After a second it gives up, and whoever asks next, the tail within 0.2 s, tries anew.
        "pool": {"min_size": 1, "max_size": 20, "timeout": 4, "reconnect_timeout": 1},
        "server_side_binding": True,
        "application_name": "lightning-state",
    }
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis("REDIS_URL")
CACHES: dict[str, Any] = (
    {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.25, "SOCKET_TIMEOUT": 0.25},
        }
    }
    if REDIS_URL
    else {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
)
# None: every worker follows the log itself, and a socket of a layer in Redis could not be opened
# while Redis is away.
CHANNEL_LAYERS: dict[str, Any] = {}

# --- The product's own knobs (contract §8) ----------------------------------------------------

_preset = STRATEGIES[env.choice("LIGHTNING_STRATEGY", tuple(STRATEGIES), "Balanced")]
LIGHTNING_MAX_CONCURRENT_TASKS = env.integer(
    "LIGHTNING_MAX_CONCURRENT_TASKS", _preset.max_concurrent_tasks, 1, 10_000
)
LIGHTNING_MAX_QUEUE = env.integer(
    "LIGHTNING_MAX_QUEUE", _preset.queue_factor * LIGHTNING_MAX_CONCURRENT_TASKS, 0, 1_000_000
)
LIGHTNING_TASK_TIMEOUT_SECONDS = env.decimal(
    "LIGHTNING_TASK_TIMEOUT_SECONDS", _preset.task_timeout_seconds, 0.1, 3_600
)
LIGHTNING_MAX_MEMORY_MB = env.integer(
    "LIGHTNING_MAX_MEMORY_MB", _preset.max_memory_mb, 64, 1_048_576
)
LIGHTNING_CACHE_SIZE_MB = env.integer("LIGHTNING_CACHE_SIZE_MB", _preset.cache_size_mb, 1, 65_536)
LIGHTNING_WORKERS = env.integer("LIGHTNING_WORKERS", 1, 1, 64)  # set by serve for its workers
LIGHTNING_L1_TTL_SECONDS = env.integer(
    "LIGHTNING_L1_TTL_SECONDS", _preset.l1_ttl_seconds, 1, 86_400
)
LIGHTNING_L2_TTL_SECONDS = env.integer(
    "LIGHTNING_L2_TTL_SECONDS", _preset.l2_ttl_seconds, 1, 604_800
)
LIGHTNING_AUTO_CACHE = env.flag("LIGHTNING_AUTO_CACHE", True)
LIGHTNING_SCALE_UP_PERCENT = env.decimal(
    "LIGHTNING_SCALE_UP_PERCENT", _preset.scale_up_percent, 1, 100
)
LIGHTNING_SCALE_DOWN_PERCENT = env.decimal(
    "LIGHTNING_SCALE_DOWN_PERCENT",
    min(_preset.scale_down_percent, LIGHTNING_SCALE_UP_PERCENT),
    0,
    LIGHTNING_SCALE_UP_PERCENT,
)
LIGHTNING_SCALE_COOLDOWN_SECONDS = env.decimal(
    "LIGHTNING_SCALE_COOLDOWN_SECONDS", _preset.scale_cooldown_seconds, 0, 86_400
)
LIGHTNING_SLOW_OPERATION_MS = env.decimal("LIGHTNING_SLOW_OPERATION_MS", 100, 0.001, 3_600_000)
LIGHTNING_ALERT_URLS = env.words("LIGHTNING_ALERT_URLS", [])
LIGHTNING_SILENT_AFTER_SECONDS = env.text("LIGHTNING_SILENT_AFTER_SECONDS", "300")
LIGHTNING_ALERT_RULES = env.text("LIGHTNING_ALERT_RULES")
LIGHTNING_TRANSITIONS = env.choice("LIGHTNING_TRANSITIONS", ("default", "strict"), "default")
LIGHTNING_CONFIDENCE_THRESHOLD = env.decimal("LIGHTNING_CONFIDENCE_THRESHOLD", 0.8, 0, 1)
LIGHTNING_VERIFIED_THRESHOLD = env.decimal("LIGHTNING_VERIFIED_THRESHOLD", 0.75, 0, 1)
LIGHTNING_CONTENT_VERIFIERS = env.words("LIGHTNING_CONTENT_VERIFIERS", [])
LIGHTNING_VERIFIER_TIMEOUT_SECONDS = env.decimal("LIGHTNING_VERIFIER_TIMEOUT_SECONDS", 5, 0.01, 600)
LIGHTNING_LLM_URL = env.text("LIGHTNING_LLM_URL")
LIGHTNING_LLM_MODEL = env.text("LIGHTNING_LLM_MODEL")
LIGHTNING_LLM_KEY = env.text("LIGHTNING_LLM_KEY")
LIGHTNING_LLM_RETRIES = env.integer("LIGHTNING_LLM_RETRIES", 1, 0, 10)
LIGHTNING_VERIFIER_UNAVAILABLE = env.choice(
    "LIGHTNING_VERIFIER_UNAVAILABLE", ("refuse", "allow"), "refuse"
)
LIGHTNING_EVENT_RETENTION_DAYS = env.decimal("LIGHTNING_EVENT_RETENTION_DAYS", 30, 0, 36_500)
LIGHTNING_MAX_CONNECTIONS = env.integer("LIGHTNING_MAX_CONNECTIONS", 10_000, 20, 1_000_000)
LIGHTNING_FAST_LANE = env.flag("LIGHTNING_FAST_LANE", True)
# For tests: see state/runtime/failpoints.py.
LIGHTNING_FAILPOINTS = env.text("LIGHTNING_FAILPOINTS")
LIGHTNING_MIN_INSTANCES = env.integer("LIGHTNING_MIN_INSTANCES", 1, 1, 64)
LIGHTNING_MAX_INSTANCES = env.integer(
    "LIGHTNING_MAX_INSTANCES",
    max(_preset.max_instances, LIGHTNING_MIN_INSTANCES),
    LIGHTNING_MIN_INSTANCES,
    64,
)
LIGHTNING_ANONYMOUS_ROLE = env.choice(
    "LIGHTNING_ANONYMOUS_ROLE", ("", "viewer", "agent", "operator", "admin"), ""
)
# None: addresses, and names that nobody can have in the public DNS. With an anonymous role any
# other name would let a foreign page read here (DNS rebinding).
LIGHTNING_ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", [] if LIGHTNING_ANONYMOUS_ROLE else ["*"])

# --- Accounts, security ----------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "state.access.users.address_of_request"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard:overview"
LOGOUT_REDIRECT_URL = "login"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- API -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "state.doors.rest.authentication.KeyAuthentication",
        "state.doors.rest.authentication.OperatorSessionAuthentication",
    ],
    "EXCEPTION_HANDLER": "state.doors.rest.pages.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lightning State",
    "VERSION": "1.0.0",
    "DESCRIPTION": "One place where many AI agents keep their state without losing an update.",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # the API bounds its bodies itself, with 413 (contract §1)

# --- Static files, time, logs ----------------------------------------------------------------

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "state.doors.rest.mounted.MountedStaticFiles"},
}
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_USE_FINDERS = True  # no collectstatic needed to start
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOG_LEVEL = env.choice("LIGHTNING_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "state.runtime.log_lines.Line"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "CRITICAL"},  # the door logs its failures itself
        "django.security": {"level": "CRITICAL"},  # what a caller did wrong is told to the caller
        "django.security.csrf": {"level": "WARNING"},
        "uvicorn.error": {"level": "WARNING"},
        "apprise": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},  # whoever needs the connection says it once
        "daphne": {"level": "WARNING"},
        "uvicorn.access": {"level": "WARNING"},
    },
}
