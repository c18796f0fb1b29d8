"""Database, cache, vault and spool of both shapes."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config.env import ENV


def _postgres(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.get("host") or parts.hostname or "",
        "PORT": str(parts.port or options.get("port") or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "continuity"},
    }


def _sqlite() -> dict[str, Any]:
    ENV.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(ENV.data_dir / "continuity.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA secure_delete=ON;",
        },
    }


DATABASES = {"default": _postgres(ENV.database_url) if ENV.database_url else _sqlite()}

TRANSACTION_LIMIT_S = ENV.transaction_limit_s

CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.cache_url}
    if ENV.cache_url
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(ENV.data_dir / "cache")}
}

VAULT_URL = ENV.vault_url or f"file://{ENV.data_dir / 'vault'}"
VAULT_S3 = {
    "endpoint": ENV.s3_endpoint,
    "region": ENV.s3_region,
    "access_key": ENV.s3_access_key,
    "secret_key": ENV.s3_secret_key,
}
S3_ENCRYPTION = ENV.encryption.s3
S3_KMS_KEY = ENV.encryption.s3_kms_key
VAULT_KEY_PROVIDER = ENV.encryption.key_provider
VAULT_KEY_RING_FILE = ENV.encryption.key_ring_file
SPOOL_DIR = ENV.spool_dir
SCRATCH_DIR = ENV.data_dir / "scratch"
UPLOAD_MAX_BYTES = ENV.upload_max_bytes
UPLOAD_EXPIRY_S = ENV.upload_expiry_s
UPLOAD_PART_GAP_S = ENV.upload_part_gap_s
SPOOL_RESERVE_BYTES = ENV.spool_reserve_bytes if ENV.spool_reserve_bytes >= 0 else None
FIXITY_DAYS = ENV.fixity_days
FIXITY_MB_PER_S = ENV.fixity_mb_per_s
FIXITY_SAMPLE_PERCENT = ENV.fixity_sample_percent
LOCK_MODE = ENV.lock_mode
LOCK_DAYS = ENV.lock_days
RECEIPT_KEY_FILE = ENV.receipt_key_file
LOG_KEY_FILE = ENV.log_key_file
LOG_KEY_COMING_FILE = ENV.log_key_coming_file
LOG_ORIGIN = ENV.log_origin
LOG_WITNESSES = ENV.log_witnesses
LOG_COPY_URL = ENV.log_outside.copy_url
LOG_COPY_S3 = {
    "endpoint": ENV.log_outside.copy_s3_endpoint,
    "region": ENV.log_outside.copy_s3_region,
    "access_key": ENV.log_outside.copy_s3_access_key,
    "secret_key": ENV.log_outside.copy_s3_secret_key,
}
LOG_COPY_YEARS = ENV.log_outside.copy_years
LOG_TIMESTAMPS = ENV.log_outside.timestamps
LOG_TIMESTAMP_EVERY_S = ENV.log_outside.timestamp_every_s
C2PA_FILES = ENV.c2pa_files
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2
