"""`vault.fixity` and `vault.reconcile`: the vault read again bit by bit, and compared with its list; once a day each.

One job of the two at a time. A job that was interrupted goes on where its run stands; a vault that is away is waited
for by the job machine. The command `verify_vault` runs the same through the same functions.
"""

from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.jobs.errors import JobFailed, JobLost
from evidence.jobs.models import LIVE, Job, Unit
from evidence.jobs.services import job_enqueue
from evidence.jobs.work import Work
from evidence.recordings.services.integrity import RULE
from evidence.vault.errors import RunBusy, RunLost
from evidence.vault.fixity import fixity_bytes, fixity_result, fixity_run, suspect_first
from evidence.vault.models import RunKind, RunScope, VaultRun
from evidence.vault.reconciling import Tally, reconcile
from evidence.vault.runs import run_end, run_held
from evidence.vault.subjects import VAULT
from workers.handlers.quarantine import CHECKS, quarantine_tell

FIXITY, RECONCILE = "vault.fixity", "vault.reconcile"


def handle(work: Work) -> None:
    """Read what is due."""
    run_do(work, RunKind.FIXITY, RunScope.ROLLING, _read)


def handle_reconcile(work: Work) -> None:
    """Compare the store with the rows."""
    run_do(work, RunKind.RECONCILIATION, RunScope.FULL, _compare)


def checks_ask() -> None:
    """Ask for the check that is due, where none is under way: each once a day, and again for what is suspected."""
    if Job.objects.filter(kind__in=(FIXITY, RECONCILE), state__in=LIVE).exists():
        return
    today = f"{timezone.now():%Y-%m-%d}"
    for kind in (RECONCILE, FIXITY):
        if not Job.objects.filter(key=f"{kind}/{today}").exists():
            job_enqueue(kind=kind, key=f"{kind}/{today}", actor=CHECKS)
            return
    suspect = suspect_first()
    if suspect is not None and suspect.suspected_at is not None:
        job_enqueue(kind=FIXITY, key=f"{FIXITY}/{suspect.pk}/{suspect.suspected_at:%Y%m%dT%H%M%S}", actor=CHECKS)


def fixity_end(run: VaultRun) -> None:
    """A run of reading is complete: its row and its one event, for the caller's transaction or one of their own."""
    with act(actor=CHECKS) as deed:
        run_end(run, result=fixity_result())
        if run.objects_count:
            deed.record(
                Verb.VAULT_READ, VAULT, rule=RULE,
                data={
                    "run": str(run.pk), "scope": run.scope, "objects": run.objects_count, "bytes": run.bytes_count,
                    "troubles": run.trouble_count, "retried": run.retried_count,
                },
            )  # fmt: skip


def reconcile_end(run: VaultRun, tally: Tally) -> None:
    """A comparison is complete: its row and its one event."""
    with act(actor=CHECKS) as deed:
        run_end(run, result=tally.as_result())
        deed.record(
            Verb.VAULT_RECONCILED, VAULT, rule=RULE,
            data={
                "run": str(run.pk), "rows": tally.rows, "objects": tally.objects, "bytes": tally.bytes,
                "troubles": tally.total, "numbers": dict(tally.numbers),
            },
        )  # fmt: skip


def run_do(work: Work, kind: RunKind, scope: RunScope, do: Callable[[Work, VaultRun], None]) -> None:
    """Do it while this job holds the run of a kind, the one that was begun or a new one."""
    try:
        with run_held(kind=kind, scope=scope, owner=f"job {work.job.pk}") as run:
            do(work, run)
    except RunBusy as busy:
        raise JobFailed(busy.code, busy.message, is_environment=True) from busy
    except RunLost as lost:
        raise JobLost from lost


def _read(work: Work, run: VaultRun) -> None:
    total, done = fixity_bytes(run), 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        work.progress(done, max(total, done), "reading", Unit.BYTES)

    fixity_run(run, mb_per_s=settings.FIXITY_MB_PER_S, on_trouble=quarantine_tell, on_read=read)
    with work.finishing({"run": str(run.pk)}):
        fixity_end(run)


def _compare(work: Work, run: VaultRun) -> None:
    tally = reconcile(run, on_step=lambda rows: work.progress(rows, 0, "comparing"))
    with work.finishing({"run": str(run.pk)}):
        reconcile_end(run, tally)
