"""The one place that reads the environment.

Every knob of an installation is a field here, with its default for the embedded shape (`make run`). Settings take
their values from `ENV`; nothing else in the product calls `os.environ`, except `workers/exec`, which finds tools.
"""

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


class EnvironmentInvalid(Exception):
    """A variable is missing or makes no sense; the message says which and what to set."""


def _text(name: str, default: str = "") -> str:
    return os.environ.get(f"CONTINUITY_{name}", default)


def _number(name: str, default: int) -> int:
    text = _text(name, str(default))
    try:
        return int(text)
    except ValueError:
        raise EnvironmentInvalid(f"CONTINUITY_{name} must be a whole number, not {text!r}.") from None


def _flag(name: str, *, default: bool) -> bool:
    text = _text(name, "1" if default else "0").lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise EnvironmentInvalid(f"CONTINUITY_{name} must be 1 or 0, not {text!r}.")


def _lock_mode(text: str) -> str:
    if text not in {"governance", "compliance", "off"}:
        raise EnvironmentInvalid(f"CONTINUITY_LOCK_MODE must be governance, compliance or off, not {text!r}.")
    return text


def _lock_days(days: int) -> int:
    if days < 1:
        raise EnvironmentInvalid(f"CONTINUITY_LOCK_DAYS must be 1 or more, not {days}.")
    return days


def _c2pa_files() -> tuple[Path, Path] | None:
    certificates, key = _text("C2PA_CERTIFICATES"), _text("C2PA_KEY_FILE")
    if bool(certificates) != bool(key):
        raise EnvironmentInvalid("CONTINUITY_C2PA_CERTIFICATES and CONTINUITY_C2PA_KEY_FILE go together: set both.")
    return (Path(certificates).absolute(), Path(key).absolute()) if key else None


@dataclass(frozen=True, slots=True)
class OutsideEnv:
    """Where checkpoints of the custody record are anchored outside, beside witnesses."""

    copy_url: str
    """Empty, or `s3://bucket/prefix`: where a locked copy of each checkpoint is kept, best with another account."""
    copy_s3_endpoint: str
    copy_s3_region: str
    copy_s3_access_key: str
    copy_s3_secret_key: str
    copy_years: int
    """For how long nobody, not even the bucket's owner, can delete such a copy."""
    timestamps: str
    """Who stamps checkpoints (RFC 3161): address and file with the certificates (PEM) of each, with spaces between."""
    timestamp_every_s: int


@dataclass(frozen=True, slots=True)
class EncryptionEnv:
    """How the files of the vault are encrypted: by an S3 store, or in a directory by us."""

    s3: str
    """How the store does: empty (as the bucket is set), `AES256` or `aws:kms`."""
    s3_kms_key: str
    """With `aws:kms`: which key; empty: the account's own for S3."""
    key_provider: str
    """Empty: files in a directory are not encrypted. Else who wraps their keys: `file`, or a class's dotted path."""
    key_ring_file: Path
    """The key ring of the provider `file`; made by `manage.py vault_keys new`."""


@dataclass(frozen=True, slots=True)
class CopiesEnv:
    """How working copies are made, what looks at recordings for them, and what looks at them when they are made."""

    fast: str
    """Kinds made fast unless asked otherwise, comma separated: `clip`, `redaction`."""
    encoder: str
    """What encodes H.264 where all of a picture is encoded: software, nvenc, qsv or vaapi."""
    sign_off: str
    """Of a redaction that no second person has signed: `told`, or `required` before it is given away."""
    look_again: str
    """Detectors that look at a finished redaction again, comma separated; `off`: none does."""
    part_frames: int
    """About how many frames a part of a long copy has, which workers make beside one another; 0: never in parts."""
    voice_lane: bool
    """Whether speech is looked for in whatever has sound, as soon as it is prepared."""
    detectors_file: Path | None
    """The force's own detectors (JSON); None where it has none."""
    detection_stretch_s: int
    """How long, at least, a stretch is that one worker looks through at a time."""


@dataclass(frozen=True, slots=True)
class Env:
    """What the operator set. Sizes in bytes, times in seconds."""

    mode: str
    """`embedded` (one machine, no server to install) or `production`."""
    data_dir: Path
    """Everything the embedded shape keeps: database, vault, spool, keys, broker folders."""
    secret_key: str
    database_url: str
    """Empty: SQLite in `data_dir`. Else `postgres://user:password@host:port/name` (`?host=/socket/dir` works)."""
    transaction_limit_s: int
    """What hangs in PostgreSQL for so long is ended, because the sequencer waits for it; 0: never."""
    broker_url: str
    """Empty: folders in `data_dir`. Else `redis://...`, a Redis of its own, apart from the cache."""
    cache_url: str
    """Empty: files in `data_dir`. Else `redis://...`."""
    vault_url: str
    """Empty: `data_dir/vault`. Else `file:///path` or `s3://bucket`."""
    s3_endpoint: str
    s3_region: str
    s3_access_key: str
    s3_secret_key: str
    encryption: EncryptionEnv
    host: str
    """Name the force's pages are reached by; the other sites are its subdomains unless set one by one."""
    host_share: str
    host_docks: str
    host_public: str
    scheme: str
    public_port: int
    """Port in links we hand out; 0 leaves it off."""
    port_share: int
    port_docks: int
    port_public: int
    """Where a site is reached by address rather than by name: one port each; 0 means by name only."""
    proxies: int
    """How many proxies of ours stand before the program and set `X-Forwarded-For`; 0: that header is not believed."""
    allowed_hosts: str
    """More host names and addresses of the force site, comma separated."""
    sign_in_address_limit: int
    """So many refused sign-ins from one address within 15 minutes, whatever the names, stop further ones from there."""
    mail_url: str
    """Empty or `console:`: mail is printed, not in production. Else `smtp+starttls://user:password@host:port`, `smtps://...`
    or, to this machine, `smtp://...`; `settings/mail.py` reads it."""
    mail_from: str
    job_lease_s: int
    job_heartbeat_s: int
    spool_dir: Path
    upload_max_bytes: int
    upload_expiry_s: int
    upload_part_gap_s: int
    """How far apart two neighbouring parts of one recording may begin, in seconds."""
    spool_reserve_bytes: int
    """What uploads leave free of the spool's disc; below 0: a tenth of it, at most 2 GiB."""
    fixity_days: int
    """Within how many days of its last check every object of the vault is read again and compared with its hash."""
    fixity_mb_per_s: int
    """How fast that reads at most, in 10^6 bytes a second; 0: as fast as it goes."""
    fixity_sample_percent: int
    """What share of all objects is read besides each month, drawn at random; 0: none."""
    lock_mode: str
    """How objects of a bucket with object lock are locked: `governance`, `compliance`, or `off`."""
    lock_days: int
    """For how long at a time; a rolling job extends it for as long as an object must be kept."""
    copies: CopiesEnv
    receipt_key_file: Path
    """Ed25519 private key (PEM) that signs receipts; made at first start in the embedded shape."""
    log_key_file: Path
    """Ed25519 private key (PEM) that signs checkpoints of the custody record, read by the sequencer alone."""
    log_key_coming_file: Path | None
    """The one that is to follow it, and signs as well until then; None where no change of keys is going on."""
    log_witnesses: str
    """Who cosigns checkpoints: address and public key (`name+id+key`) of each, with spaces between."""
    log_outside: OutsideEnv
    c2pa_files: tuple[Path, Path] | None
    """Certificates and private key (PEM) that sign C2PA manifests on data discs; None: none are made."""
    log_origin: str
    """Name of the custody record in its checkpoints; never changes."""
    force_name: str
    debug: bool
    log_json: bool

    @property
    def is_production(self) -> bool:
        """True where demo data, random keys and plain http are refused."""
        return self.mode == "production"


def _secret_key(data_dir: Path, *, is_production: bool) -> str:
    """The operator's key, or one made once and kept 0600 in `data_dir`."""
    given = _text("SECRET_KEY")
    if given:
        return given
    if is_production:
        raise EnvironmentInvalid("CONTINUITY_SECRET_KEY must be set in production: 50 random characters or more.")
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".secret-key-{os.getpid()}")
        temporary.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        temporary.write_text(secrets.token_urlsafe(64))
        try:
            # link, not rename: of two processes that start at once the first one's key stays
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text()


def _outside_read() -> OutsideEnv:
    return OutsideEnv(
        copy_url=_text("LOG_COPY_URL"),
        copy_s3_endpoint=_text("LOG_COPY_S3_ENDPOINT"),
        copy_s3_region=_text("LOG_COPY_S3_REGION", "eu-west-2"),
        copy_s3_access_key=_text("LOG_COPY_S3_ACCESS_KEY"),
        copy_s3_secret_key=_text("LOG_COPY_S3_SECRET_KEY"),
        copy_years=_number("LOG_COPY_YEARS", 10),
        timestamps=_text("LOG_TIMESTAMPS"),
        timestamp_every_s=_number("LOG_TIMESTAMP_EVERY_S", 3600),
    )


def _copies_read() -> CopiesEnv:
    file = _text("DETECTORS_FILE")
    return CopiesEnv(
        fast=_text("FAST_COPIES", "clip"),
        encoder=_text("VIDEO_ENCODER", "software"),
        look_again=_text("LOOK_AGAIN", "faces"),
        sign_off=_text("SIGN_OFF", "told"),
        part_frames=_number("RENDER_PART_FRAMES", 1500),
        voice_lane=_flag("VOICE_LANE", default=True),
        detectors_file=Path(file).absolute() if file else None,
        detection_stretch_s=_number("DETECTION_STRETCH_S", 30),
    )


def _place_read() -> tuple[str, Path]:
    """Mode and data folder."""
    mode = _text("MODE", "embedded")
    if mode not in {"embedded", "production"}:
        raise EnvironmentInvalid(f"CONTINUITY_MODE must be 'embedded' or 'production', not {mode!r}.")
    data_dir = Path(_text("DATA", str(BASE_DIR / ".data"))).absolute()
    if mode == "embedded":
        # before anything else makes it on its way: the database in it is not for other accounts
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return mode, data_dir


def _encryption_read(data_dir: Path) -> EncryptionEnv:
    return EncryptionEnv(
        s3=_text("S3_ENCRYPTION"),
        s3_kms_key=_text("S3_KMS_KEY"),
        key_provider=_text("VAULT_KEY_PROVIDER"),
        key_ring_file=Path(_text("VAULT_KEY_RING_FILE", str(data_dir / "keys" / "vault-ring.json"))).absolute(),
    )


def env_read() -> Env:
    """The environment as one frozen value.

    Raises:
        EnvironmentInvalid: a variable is missing or makes no sense.
    """
    mode, data_dir = _place_read()
    host = _text("HOST", "localhost")
    return Env(
        mode=mode,
        data_dir=data_dir,
        secret_key=_secret_key(data_dir, is_production=mode == "production"),
        database_url=_text("DATABASE_URL"),
        transaction_limit_s=_number("TRANSACTION_LIMIT_S", 900),
        broker_url=_text("BROKER_URL"),
        cache_url=_text("CACHE_URL"),
        vault_url=_text("VAULT_URL"),
        s3_endpoint=_text("S3_ENDPOINT"),
        s3_region=_text("S3_REGION", "eu-west-2"),
        s3_access_key=_text("S3_ACCESS_KEY"),
        s3_secret_key=_text("S3_SECRET_KEY"),
        encryption=_encryption_read(data_dir),
        host=host,
        host_share=_text("HOST_SHARE", f"share.{host}"),
        host_docks=_text("HOST_DOCKS", f"docks.{host}"),
        host_public=_text("HOST_PUBLIC", f"public.{host}"),
        scheme=_text("SCHEME", "https" if mode == "production" else "http"),
        public_port=_number("PUBLIC_PORT", 0),
        port_share=_number("PORT_SHARE", 0),
        port_docks=_number("PORT_DOCKS", 0),
        port_public=_number("PORT_PUBLIC", 0),
        proxies=_number("PROXIES", 0),
        allowed_hosts=_text("ALLOWED_HOSTS", "127.0.0.1,[::1]" if mode == "embedded" else ""),
        sign_in_address_limit=_number("SIGN_IN_ADDRESS_LIMIT", 40),
        mail_url=_text("MAIL_URL"),
        mail_from=_text("MAIL_FROM", f"no-reply@{host}"),
        job_lease_s=_number("JOB_LEASE_S", 60 if mode == "production" else 15),
        job_heartbeat_s=_number("JOB_HEARTBEAT_S", 10 if mode == "production" else 2),
        spool_dir=Path(_text("SPOOL", str(data_dir / "spool"))).absolute(),
        upload_max_bytes=_number("UPLOAD_MAX_BYTES", 5 * 1024**4),
        upload_expiry_s=_number("UPLOAD_EXPIRY_S", 7 * 86_400),
        upload_part_gap_s=_number("UPLOAD_PART_GAP_S", 7200),
        spool_reserve_bytes=_number("SPOOL_RESERVE_BYTES", -1),
        fixity_days=_number("FIXITY_DAYS", 90),
        fixity_mb_per_s=_number("FIXITY_MB_PER_S", 50),
        fixity_sample_percent=_number("FIXITY_SAMPLE_PERCENT", 1),
        lock_mode=_lock_mode(_text("LOCK_MODE", "governance")),
        lock_days=_lock_days(_number("LOCK_DAYS", 30)),
        copies=_copies_read(),
        receipt_key_file=Path(_text("RECEIPT_KEY_FILE", str(data_dir / "keys" / "receipt.pem"))).absolute(),
        log_key_file=Path(_text("LOG_KEY_FILE", str(data_dir / "log" / "log.pem"))).absolute(),
        log_key_coming_file=Path(coming).absolute() if (coming := _text("LOG_KEY_COMING_FILE")) else None,
        log_witnesses=_text("LOG_WITNESSES"),
        log_outside=_outside_read(),
        c2pa_files=_c2pa_files(),
        log_origin=_text("LOG_ORIGIN", f"{host}/custody"),
        force_name=_text("FORCE_NAME", "Demonstration Police"),
        debug=_flag("DEBUG", default=False),
        log_json=_flag("LOG_JSON", default=mode == "production"),
    )


def environment(**changes: str) -> dict[str, str]:
    """The environment for a process of the same installation, with some variables changed."""
    return {**os.environ, **changes}


ENV = env_read()
