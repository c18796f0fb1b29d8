"""The diagnostic log: no personal data, no footage. The custody record and the security log are tables, not logs.

And which working copies are made by copying what is not touched, unless somebody asks otherwise; what encodes, what
looks for faces, and what looks again at finished redactions.
"""

from typing import Any

from config.env import ENV, EnvironmentInvalid

VOICE_LANE = ENV.copies.voice_lane
RENDER_PART_FRAMES = max(ENV.copies.part_frames, 0)
FAST_COPIES = frozenset(kind for part in ENV.copies.fast.split(",") if (kind := part.strip()))
if FAST_COPIES - {"clip", "redaction"}:
    raise EnvironmentInvalid("CONTINUITY_FAST_COPIES is a list of clip and redaction, with a comma between, or empty.")

VIDEO_ENCODER = ENV.copies.encoder
if VIDEO_ENCODER not in {"software", "nvenc", "qsv", "vaapi"}:
    raise EnvironmentInvalid("CONTINUITY_VIDEO_ENCODER is software, nvenc, qsv or vaapi.")

# As `workers.media.detect.chosen` names them
DETECTORS = ("faces", "faces-quick", "faces-far", "plates")


def detectors_named(text: str, *, has_own: bool) -> tuple[str, ...]:
    """Those that look at finished redactions again, each once; none for `off`. `has_own`: the force has a file of its
    own, whose names are not known before it is read. Raises EnvironmentInvalid."""
    named = tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
    if named == ("off",):
        return ()
    if "off" in named or (set(named) - set(DETECTORS) and not has_own):
        known = ", ".join(DETECTORS)
        raise EnvironmentInvalid(f"CONTINUITY_LOOK_AGAIN is a list of {known}, with a comma between, or 'off'.")
    return named


DETECTORS_FILE = ENV.copies.detectors_file
LOOK_AGAIN = detectors_named(ENV.copies.look_again, has_own=DETECTORS_FILE is not None)
if ENV.copies.sign_off not in {"told", "required"}:
    raise EnvironmentInvalid("CONTINUITY_SIGN_OFF is told or required.")
SIGN_OFF_REQUIRED = ENV.copies.sign_off == "required"
DETECTION_STRETCH_S = ENV.copies.detection_stretch_s
if DETECTION_STRETCH_S < 1:
    raise EnvironmentInvalid("CONTINUITY_DETECTION_STRETCH_S is a number of seconds, 1 or more.")

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
