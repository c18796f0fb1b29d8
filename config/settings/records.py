"""The diagnostic log: no personal data, no footage. The custody record and the security log are tables, not logs.

And which working copies are made by copying what is not touched, unless somebody asks otherwise, and what encodes.
"""

from typing import Any

from config.env import ENV, EnvironmentInvalid

FAST_COPIES = frozenset(kind for part in ENV.fast_copies.split(",") if (kind := part.strip()))
if FAST_COPIES - {"clip", "redaction"}:
    raise EnvironmentInvalid("CONTINUITY_FAST_COPIES is a list of clip and redaction, with a comma between, or empty.")

VIDEO_ENCODER = ENV.video_encoder
if VIDEO_ENCODER not in {"software", "nvenc", "qsv", "vaapi"}:
    raise EnvironmentInvalid("CONTINUITY_VIDEO_ENCODER is software, nvenc, qsv or vaapi.")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {"()": "config.logs.line_formatter"},
        "json": {"()": "config.logs.json_formatter"},
    },
    "filters": {"share-paths": {"()": "config.settings.quiet.SharePathsHidden"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if ENV.log_json else "lines",
            "filters": ["share-paths"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        # named here, the web server's own handler goes: what it says of a request passes the filter too
        "gunicorn.error": {"level": "WARNING", "propagate": True},
    },
}
