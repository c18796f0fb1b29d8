"""Rolling fixity: whose turn it is to be read again, and reading them one after the other within a budget.

First what is suspected, then what was read longest ago, then a share drawn at random each month. All of that is found
from the rows, so a run that was killed goes on with the next object; a half-read one is read again from its start. What
is not right goes into quarantine, and nothing mends it by itself.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from evidence.vault.checking import Checked, object_check
from evidence.vault.choice import store_current
from evidence.vault.models import CheckResult, RunScope, SampleDraw, StoredObject, VaultRun
from evidence.vault.pace import Pace
from evidence.vault.runs import Beat, run_count
from evidence.vault.services import object_quarantine

AHEAD = 0.1
"""An object's turn comes when this share of the period is still left, so that none is late."""
OnTrouble = Callable[[StoredObject, Checked], None]
"""Told of an object that was just quarantined, inside the transaction that does it."""
OnRead = Callable[[int], None]
"""Told of bytes as they are read. May raise to stop."""
log = logging.getLogger(__name__)


def fixity_run(
    run: VaultRun, *, mb_per_s: float, on_trouble: OnTrouble, on_read: OnRead = lambda _: None, percent: float = 0
) -> None:
    """Read every object whose turn it is in this run. `percent`: of a run of scope `sample`.

    Raises:
        VaultUnavailable: the vault is away; call it again later, and it goes on.
        RunLost: somebody else goes on with it.
    """
    pace, beat = Pace(mb_per_s), Beat(run)

    def read(count: int) -> None:
        pace(count)
        beat()
        on_read(count)

    while (stored := _next(run, percent)) is not None:
        checked = object_check(stored, read)
        if checked.result == CheckResult.SOUND:
            _passed(run, stored, checked)
        else:
            _failed(run, stored, checked, on_trouble)


def fixity_bytes(run: VaultRun, percent: float = 0) -> int:
    """How many bytes this run has to read, as far as is known now."""
    return sum(rows.aggregate(total=Sum("size_bytes"))["total"] or 0 for rows in _turns(run, percent))


def overdue_count() -> int:
    """How many objects have not been read for longer than they may."""
    return _rows().filter(verified_at__lt=timezone.now() - timedelta(days=settings.FIXITY_DAYS)).count()


def suspect_first() -> StoredObject | None:
    """The object that has been suspected longest; None where none is."""
    return _rows().filter(suspected_at__isnull=False).order_by("suspected_at").first()


def fixity_result() -> dict[str, Any]:
    """What is to be said at the end of a run beside its counters."""
    overdue = overdue_count()
    if overdue:
        log.warning(
            "%s objects of the vault were not read for more than %s days: raise FIXITY_MB_PER_S",
            overdue, settings.FIXITY_DAYS,
        )  # fmt: skip
    return {"overdue": overdue}


def _rows() -> QuerySet[StoredObject]:
    return StoredObject.objects.filter(store=store_current().name, destroyed_at=None, quarantined_at=None)


def _next(run: VaultRun, percent: float) -> StoredObject | None:
    return next((found for rows in _turns(run, percent) if (found := rows.first()) is not None), None)


def _turns(run: VaultRun, percent: float) -> list[QuerySet[StoredObject]]:
    """The objects whose turn it is in this run, most urgent first."""
    rows = _rows()
    if run.scope == RunScope.FULL:
        return [rows.filter(verified_at__lt=run.began_at).order_by("verified_at")]
    if run.scope == RunScope.SAMPLE:
        return [_drawn(str(run.pk), percent)]
    due = timezone.now() - timedelta(days=settings.FIXITY_DAYS * (1 - AHEAD))
    return [
        rows.filter(suspected_at__isnull=False).order_by("suspected_at"),
        rows.filter(verified_at__lt=due).order_by("verified_at"),
        _drawn(f"{timezone.now():%Y-%m}", settings.FIXITY_SAMPLE_PERCENT),
    ]


def _drawn(label: str, percent: float) -> QuerySet[StoredObject]:
    """What is still to be read of the share drawn under this label; the first to ask draws it."""
    draw = SampleDraw.objects.filter(label=label).first() or _draw(label, percent)
    if draw is None:
        return StoredObject.objects.none()
    after, until = Q(pk__gte=draw.first_id), Q(pk__lte=draw.last_id)
    stretch = after & until if draw.first_id <= draw.last_id else after | until
    return _rows().filter(stretch, verified_at__lt=draw.drawn_at).order_by("verified_at")


def _draw(label: str, percent: float) -> SampleDraw | None:
    """A stretch of ids that holds so many of a hundred objects, and at least one, from a random place on."""
    ids = StoredObject.objects.filter(store=store_current().name).order_by("pk").values_list("pk", flat=True)
    total = ids.count()
    if percent <= 0 or not total:
        return None
    wanted = min(total, max(1, round(total * percent / 100)))
    start = uuid4()
    after = ids.filter(pk__gte=start)
    before_end = wanted - min(wanted, after.count())
    last: UUID = ids[before_end - 1] if before_end else after[wanted - 1]
    return SampleDraw.objects.get_or_create(label=label, defaults={"first_id": start, "last_id": last})[0]


@transaction.atomic
def _passed(run: VaultRun, stored: StoredObject, checked: Checked) -> None:
    now = timezone.now()
    StoredObject.objects.filter(pk=stored.pk).update(
        verified_at=now, checked_at=now, check_result=checked.result, suspected_at=None
    )
    run_count(run, objects_count=1, bytes_count=stored.size_bytes, retried_count=int(checked.tries > 1))


def _failed(run: VaultRun, stored: StoredObject, checked: Checked, on_trouble: OnTrouble) -> None:
    with transaction.atomic():
        run_count(run, objects_count=1, trouble_count=1)
        if object_quarantine(stored=stored, result=checked.result, because=checked.says):
            on_trouble(stored, checked)
    log.critical(
        "object %s of the vault is %s, read %s times, and in quarantine: %s",
        stored.key, checked.result.value, checked.tries, checked.says,
    )  # fmt: skip
