"""Installed rooms, from the ground floor up, and the middleware in the order a request meets it."""

from config.env import BASE_DIR as BASE_DIR
from config.env import ENV

DEBUG = ENV.debug
ROOMS = (
    "http", "custody", "identity", "vault", "jobs", "fleet", "recordings", "cases", "editing", "alignment", "ingest",
    "signoff", "sharing", "court", "audit",
)  # fmt: skip
INSTALLED_APPS = [
    "config.apps.ContinuityConfig",
    *(f"evidence.{room}" for room in ROOMS),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]
MIDDLEWARE = [
    "evidence.http.middleware.ClientAddressMiddleware",
    "evidence.http.middleware.RequestIdMiddleware",
    "evidence.audit.health.HealthMiddleware",
    "evidence.http.sites.SiteMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "evidence.http.middleware.ErrorPageMiddleware",
    "evidence.identity.middleware.WhoMiddleware",
    "axes.middleware.AxesMiddleware",
]
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = False
FORCE_NAME = ENV.force_name
IS_PRODUCTION = ENV.is_production
DATA_DIR = ENV.data_dir
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "evidence.identity.authentication.BearerAuthentication",
        "evidence.identity.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "evidence.identity.api_errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Continuity",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "RecordingKind": "evidence.recordings.models.Kind",
        "RecordingState": "evidence.recordings.models.State",
        "JobState": "evidence.jobs.models.JobState",
        "DiscKind": "evidence.court.models.DiscKind",
        "DiscSetState": "evidence.court.models.DiscSetState",
        "UploadState": "evidence.ingest.models.UploadState",
        "ReportFormat": "evidence.audit.reporting.ReportFormat",
        "RedactionFormat": "evidence.audit.redaction_reporting.RedactionFormat",
        "PlaceDecision": "evidence.signoff.models.Decision",
        "LookState": "evidence.signoff.models.LookState",
        "ExportFormat": "evidence.audit.section62.ExportFormat",
    },
}
