"""Every setting of the portal, from the environment, with safe defaults.

The README's table and `.env.example` list each variable; each secret may also be a file named by `<NAME>_FILE`.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from portal.logs import logging_config


class Environment(environ.FileAwareEnv):
    """The environment; each NAME may also be given as NAME_FILE, whose last line end is no part of a secret."""

    def get_value(self, *names: Any, **options: Any) -> Any:
        value = super().get_value(*names, **options)
        return value.strip() if isinstance(value, str) else value


env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)  # http, people picker and mailbox; on 127.0.0.1 only
IS_PRIVATE = not (DEBUG or DEMO)  # real people's data: TLS and a key of one's own are required


def _own_secret_key() -> str:
    """The key of a laptop's portal, made once in DATA_DIR and readable by its owner only."""
    path = DATA_DIR / "secret_key"
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(get_random_secret_key())
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if IS_PRIVATE:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing. Give at least 50 random characters in SECRET_KEY, or in a file "
            "named by SECRET_KEY_FILE (to only look around, set DEMO=1)."
        )
    SECRET_KEY = _own_secret_key()

LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if IS_PRIVATE else LOOPBACK)
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS",
    default=[f"https://{host if host[:1] != '.' else '*' + host}" for host in ALLOWED_HOSTS if host != "*"]
    if IS_PRIVATE
    else [],
)
PORTAL_URL = env.str(
    "PORTAL_URL",  # where the links in letters lead
    default=f"https://{ALLOWED_HOSTS[0].lstrip('.*')}" if IS_PRIVATE and ALLOWED_HOSTS else "http://127.0.0.1:8000",
).rstrip("/")

INSTALLED_APPS = [
    "portal",
    "officehours",
    "presentations",
    "feedback",
    "credits",
    "cloudguard",  # what runs costs; without this line the portal does without it
    "courses",
    "mail",
    "accounts",
    "allauth",
    "allauth.account",
    "anymail",
    "csp",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.caching.Compression",
    "csp.middleware.CSPMiddleware",
    "portal.middleware.caching.PrivatePages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.session_expired.SessionExpired",
    "portal.middleware.nul_bytes.NulBytes",
    "portal.middleware.text_refused.TextRefused",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.method_not_allowed.MethodNotAllowed",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
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
                "portal.context.page",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Storage: SQLite and files on a laptop, PostgreSQL and S3 in production -------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")}
_db = DATABASES["default"]
IS_SQLITE = _db["ENGINE"] == "django.db.backends.sqlite3"
if IS_SQLITE:
    if not env.str("DATABASE_URL", default=""):
        DATA_DIR.mkdir(parents=True, exist_ok=True)
    _db["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # a file: in memory, races prove nothing
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds that a writer waits for another
        # secure_delete: what is deleted at freezing is overwritten on disk.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
    }
else:
    _db.setdefault("CONN_MAX_AGE", 600)  # a new connection costs 13 ms of CPU
    _db["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    # Per-process caches would double every rate limit.
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}
}

S3_BUCKET = env.str("S3_BUCKET", default="")
_files = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "region_name": env.str("S3_REGION", default="") or None,
        "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
        "access_key": env.str("S3_ACCESS_KEY_ID", default="") or None,
        "secret_key": env.str("S3_SECRET_ACCESS_KEY", default="") or None,
        "signature_version": "s3v4",
        "default_acl": "private",
        "querystring_auth": True,
        "querystring_expire": 300,  # seconds
        "file_overwrite": False,
    },
}
STORAGES = {
    "default": _files
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_URL, STATIC_ROOT = "/static/", DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE, ROSTER_MAX_BYTES = 2 * 1024 * 1024, 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["portal.uploading.SizeGate", "portal.uploading.InMemory", "portal.uploading.OnDisk"]

# --- Scheduler and workers --------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # a worker that dies gives its task back
CELERY_TASK_PUBLISH_RETRY = False  # a broker that is down must not hold up a page
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # Seconds. No second try to connect from a page: kombu's own would hold it up for 6 s.
    {"socket_timeout": 5, "socket_connect_timeout": 1, "visibility_timeout": 300, "max_retries": 0, "interval_start": 0}
    if REDIS_URL
    else {
        "data_folder_in": str(DATA_DIR / "broker" / "queue"),
        "data_folder_out": str(DATA_DIR / "broker" / "queue"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
        "store_processed": False,
        "polling_interval": 0.2,  # seconds
    }
)

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portal.sign_in.RosterAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds; SIGN_IN_CODE_SECONDS below erases the letter by then
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
# A lecture hall signs in from one network at once. With 3 tries a code, 15 guesses at an address in 10 minutes.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "1000/10m/ip,30/10m/key",  # a network; an address, from wherever it is typed
    "request_login_code_here": "5/10m/key",  # an address from one network: no stranger uses up somebody's codes
    "confirm_sign_in": "5/10m/user",  # a code for who is signed in already
}
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS, ACCOUNT_EMAIL_VERIFICATION = False, "none"
ACCOUNT_SESSION_REMEMBER = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30  # a student should not sign in at every class
SESSION_COOKIE_SAMESITE = "Lax"
# Notices travel in a cookie: a session row rewritten at an answer would tell when it was given.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CREDIT_KEYS = env.str("CREDIT_KEYS", default="")  # id:base64,id:base64; the first seals (credits/domain/vault.py)
CREDIT_INDEX_KEY = env.str("CREDIT_INDEX_KEY", default="")  # fingerprints and the log; it stays for good
CREDIT_KEYS_SECRET = env.str("CREDIT_KEYS_SECRET", default="")  # both of them, in AWS Secrets Manager
GUARD_PRINCIPAL = env.str("GUARD_PRINCIPAL", default="")  # who the portal is at AWS; none: the guard is off
GUARD_ACCESS_KEY_ID = env.str("GUARD_ACCESS_KEY_ID", default="")  # none: the machine's role
GUARD_SECRET_ACCESS_KEY = env.str("GUARD_SECRET_ACCESS_KEY", default="")
RECENT_SIGN_IN_SECONDS = 300

# --- Mail -------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")
_email = env.email_url("EMAIL_URL", default="consolemail://") if EMAIL_URL else {}
if EMAIL_URL.startswith("ses:"):
    EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
elif EMAIL_URL:
    EMAIL_BACKEND = _email["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = _email.get("EMAIL_HOST"), _email.get("EMAIL_PORT") or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_USER") or "", _email.get("EMAIL_HOST_PASSWORD") or ""
    EMAIL_USE_TLS, EMAIL_USE_SSL = _email.get("EMAIL_USE_TLS", False), _email.get("EMAIL_USE_SSL", False)
elif not IS_PRIVATE:
    EMAIL_BACKEND = "mail.domain.mailbox.MailboxBackend"  # letters stay on this machine
# Else Django's own: the mail server of this machine. Were it the mailbox, sign-in codes would lie in files.
EMAIL_TIMEOUT = 20  # seconds; well under the lease of a letter being sent
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Course portal <portal@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAILBOX_DIR = DATA_DIR / "mailbox"
SIGN_IN_CODE_SECONDS = 600

# --- The web ----------------------------------------------------------------------------------
LANGUAGE_CODE, TIME_ZONE = "en-us", "UTC"
USE_TZ, USE_I18N = True, False
SECURE_SSL_REDIRECT = IS_PRIVATE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRIVATE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRIVATE
SECURE_HSTS_PRELOAD = IS_PRIVATE
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=IS_PRIVATE)
if IS_PRIVATE and not BEHIND_PROXY and os.environ.get("GRANIAN_HOST", "127.0.0.1") not in LOOPBACK:
    raise ImproperlyConfigured(
        "BEHIND_PROXY is off, so the web server listens on 127.0.0.1 only: two people who never finish their requests "
        "would stop it. Put a proxy before it that takes requests whole (deploy/), or unset GRANIAN_HOST."
    )
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # else all people behind the proxy share one rate limit
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_PRIVATE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.middleware.session_expired.refused_token"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{name: [NONE] for name in ("default-src", "frame-ancestors", "base-uri")},
        **{f"{name}-src": [SELF] for name in ("script", "style", "font", "connect", "manifest")},
        "img-src": [SELF, "data:"],
        "form-action": [SELF],
    }
}

DEFAULT_EXCEPTION_REPORTER_FILTER = "portal.error_reports.DiscreetFilter"
LOGGING = logging_config(env.str("LOG_LEVEL", default="INFO"))
