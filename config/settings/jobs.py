"""Celery and the job machine: the database row is the truth, the broker carries ids only."""

from typing import Any

from config.env import ENV

_FOLDERS = ENV.data_dir / "broker"
JOB_QUEUES = ("ingest", "proxy", "redact", "export", "notify", "fixity", "vault")
# Queues whose jobs may take hours: they never fill a worker that serves the others too
JOB_LONG_QUEUES = ("proxy", "redact", "export", "fixity")
# Whose jobs read for days: they have a place of their own where there are places enough, and never fill the others
JOB_SLOW_QUEUE = "fixity"
# Short work on the vault (locks, self-test), which must not wait for days behind what is read again
JOB_VAULT_QUEUE = "vault"
# Where the sweeps run: its jobs are short, and no job takes the place that is kept for them
JOB_SWEEP_QUEUE = "notify"
JOB_LEASE_S = ENV.job_lease_s
JOB_HEARTBEAT_S = ENV.job_heartbeat_s
# Each worker looks for lost jobs in a thread of its own, so that it needs no free place (`workers/tasks.py`)
JOB_RECONCILE_S = 5

CELERY_BROKER_URL = ENV.broker_url or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    # A request must not hang on a broker that does not answer: the reconciler rings later
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "socket_keepalive": True,
}
if not ENV.broker_url:
    for _name in ("messages", "processed", "control"):
        (_FOLDERS / _name).mkdir(parents=True, exist_ok=True, mode=0o700)
    CELERY_BROKER_TRANSPORT = "config.folders:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # in and out are the same folder: both processes live on this machine
        "data_folder_in": str(_FOLDERS / "messages"),
        "data_folder_out": str(_FOLDERS / "messages"),
        "control_folder": str(_FOLDERS / "control"),
        "store_processed": False,
        # seconds between looks into the folder: how soon work begins, against what an idle worker costs
        "polling_interval": 0.3,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_DEFAULT_QUEUE = "ingest"
# Threads: a job's own work is in child processes, and a killed worker leaves no pool of orphans behind
CELERY_WORKER_POOL = "threads"
# Three for long jobs and one for the checks of the vault, one kept for short ones, one for the sweeps
CELERY_WORKER_CONCURRENCY = 6
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = bool(ENV.broker_url)
# `celery inspect ping` of a container; on folders it would be one more thing to look into all the time
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(ENV.broker_url)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(ENV.data_dir / "beat-schedule")
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "continuity.sweep",
        "schedule": 300.0,
        "options": {"queue": JOB_SWEEP_QUEUE, "expires": 600},
    },
    # Only asks whether a check of the vault is due; the work is a job, one at a time
    "vault-checks": {
        "task": "continuity.vault.checks",
        "schedule": 300.0,
        "options": {"queue": JOB_SWEEP_QUEUE, "expires": 600},
    },
}
