"""Runs of the checks as rows: one of a kind at a time, taken over where its owner died, counted as it goes.

The row is the lock. Whoever holds it gives signs of life; a run that has been silent for `SILENT` may be taken over by
anybody, and at once by the same owner: a job that is tried again. A newcomer's trap: who was taken over learns of it at
the next count, which raises and takes the transaction around it along.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from evidence.vault.errors import RunBusy, RunLost
from evidence.vault.models import RunKind, RunScope, VaultRun

SILENT = timedelta(minutes=5)
BEAT_EVERY_S = 5.0
_LEFT = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def run_held(*, kind: RunKind, scope: RunScope, owner: str) -> Iterator[VaultRun]:
    """The open run of a kind, for the length of the block: a new one, or one to go on with. `run_end` ends it.

    A run of another scope whose owner died is given up. What raises out of the block leaves the run open, for whoever
    asks next.

    Raises:
        RunBusy: somebody is at it.
    """
    run = _taken(kind, scope, owner)
    try:
        yield run
    except BaseException:
        with suppress(DatabaseError):  # the error that ended the run is the one to tell
            VaultRun.objects.filter(pk=run.pk, token=run.token, ended_at=None).update(beat_at=_LEFT)
        raise


def run_count(run: VaultRun, **by: int) -> None:
    """Raise counters of the run (`objects_count=1`), which is a sign of life too.

    Raises:
        RunLost: it was taken over, or has ended.
    """
    changes: dict[str, Any] = {name: F(name) + count for name, count in by.items()}
    if not VaultRun.objects.filter(pk=run.pk, token=run.token, ended_at=None).update(beat_at=timezone.now(), **changes):
        raise RunLost


def run_end(run: VaultRun, *, result: dict[str, Any]) -> None:
    """The run is complete.

    Raises:
        RunLost: as `run_count`.
    """
    run_count(run)
    VaultRun.objects.filter(pk=run.pk).update(ended_at=timezone.now(), is_complete=True, result=result)
    run.refresh_from_db()


def run_last(kind: RunKind, *, before: VaultRun | None = None) -> VaultRun | None:
    """The newest complete run of a kind; `before`: that began before this one."""
    found = VaultRun.objects.filter(kind=kind, is_complete=True)
    if before is not None:
        found = found.filter(began_at__lt=before.began_at)
    return found.order_by("-began_at").first()


class Beat:
    """Call it as often as you like: every few seconds it gives a sign of life."""

    def __init__(self, run: VaultRun) -> None:
        self._run = run
        self._beaten_at = monotonic()

    def __call__(self) -> None:
        """See the class.

        Raises:
            RunLost: as `run_count`.
        """
        if monotonic() - self._beaten_at >= BEAT_EVERY_S:
            self._beaten_at = monotonic()
            run_count(self._run)


def _taken(kind: RunKind, scope: RunScope, owner: str) -> VaultRun:
    with transaction.atomic():
        found = VaultRun.objects.select_for_update().filter(kind=kind, ended_at=None).first()
        if found is not None:
            if found.owner != owner and found.beat_at > timezone.now() - SILENT:
                raise _busy(found)
            if found.scope == scope:
                found.owner, found.token, found.beat_at = owner, uuid4(), timezone.now()
                found.save(update_fields=["owner", "token", "beat_at"])
                return found
            found.ended_at = timezone.now()
            found.save(update_fields=["ended_at"])
    try:
        with transaction.atomic():
            return VaultRun.objects.create(kind=kind, scope=scope, owner=owner)
    except IntegrityError:  # somebody began one between the two
        raise _busy(VaultRun.objects.filter(kind=kind).latest("began_at")) from None


def _busy(run: VaultRun) -> RunBusy:
    began = timezone.localtime(run.began_at)
    return RunBusy(
        f"The vault is being checked already, since {began:%d %b %Y %H:%M} by {run.owner}. Wait until that is done, or "
        f"stop it and try again; one that died is taken over after {SILENT.seconds // 60} minutes."
    )
