"""`vault.lock` and `vault.selftest`: the store's own locks put off before they end, and the store tried as it is.

Both are short and on a queue of their own: what is read again keeps its place for days, and a lock would end meanwhile.
What a run leaves over is asked for again, five minutes later. The command `vault_lock` runs the same.
"""

from django.utils import timezone

from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.jobs.models import LIVE, Job
from evidence.jobs.services import job_enqueue
from evidence.jobs.work import Work
from evidence.recordings.services.integrity import RULE
from evidence.vault.lock_run import Locked, locks_extend
from evidence.vault.locking import locking_store
from evidence.vault.models import RunKind, RunScope, VaultRun
from evidence.vault.runs import run_end, run_last
from evidence.vault.services import vault_selftest
from evidence.vault.subjects import VAULT
from workers.handlers.fixity import run_do
from workers.handlers.quarantine import CHECKS

LOCK, SELFTEST = "vault.lock", "vault.selftest"
OBJECTS_AT_MOST = 10_000
"""Of one job: minutes of work, so that others of the same worker get their turn."""


def handle(work: Work) -> None:
    """Extend the locks that are due."""
    run_do(work, RunKind.LOCKS, RunScope.ROLLING, _extend)


def handle_selftest(work: Work) -> None:
    """Try the store. What it found is a row of its own, and shown; a store that is away is waited for."""
    found = vault_selftest()
    with work.finishing({"sound": found.is_sound, "write_once": found.is_write_once}):
        pass


def locks_ask() -> None:
    """Ask for a run where the store locks: once a day, and again while the last one left objects over."""
    if Job.objects.filter(kind=LOCK, state__in=LIVE).exists():
        return
    today = f"{timezone.now():%Y-%m-%d}"
    begun = Job.objects.filter(key__startswith=f"{LOCK}/{today}/").count()
    last = run_last(RunKind.LOCKS)
    if begun and not (last is not None and last.result.get("more")):
        return
    if locking_store() is not None:
        job_enqueue(kind=LOCK, key=f"{LOCK}/{today}/{begun}", actor=CHECKS)


def selftest_ask(*, is_start: bool = False) -> None:
    """Ask for today's self-test; `is_start`: a worker begins, so for one more, though no more than one an hour."""
    now = timezone.now()
    if is_start or not Job.objects.filter(kind=SELFTEST, key__startswith=f"{SELFTEST}/{now:%Y-%m-%d}").exists():
        job_enqueue(kind=SELFTEST, key=f"{SELFTEST}/{now:%Y-%m-%dT%H}", actor=CHECKS)


def lock_end(run: VaultRun, locked: Locked) -> None:
    """A run is complete: its row and its one event, for the caller's transaction or one of their own."""
    with act(actor=CHECKS) as deed:
        run_end(run, result=locked.as_result())
        if run.objects_count:
            data: dict[str, object] = {
                "run": str(run.pk), "extended": run.objects_count - run.trouble_count, "troubles": run.trouble_count,
            }  # fmt: skip
            deed.record(Verb.VAULT_LOCKED, VAULT, rule=RULE, data=data)


def _extend(work: Work, run: VaultRun) -> None:
    locked = locks_extend(
        run, at_most=OBJECTS_AT_MOST, on_step=lambda count: work.progress(count, 0, "extending locks")
    )
    with work.finishing({"run": str(run.pk)}):
        lock_end(run, locked)
