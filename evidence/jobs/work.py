"""What a handler is given: the job, a place to work in, a way to tell how far it is, and the one way to finish.

A handler may run twice. Whatever it makes goes to `scratch`, then under a fresh vault key, and becomes visible only
inside `finishing`: one transaction with the custody events. What is written before that must be harmless when repeated.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.utils import timezone

from evidence.jobs.models import Job, Unit
from evidence.jobs.pulse import Pulse
from evidence.jobs.services import Part, job_fan_out, job_finishing
from evidence.jobs.services.attempts import Progress


class Work:
    """One attempt at a job. `scratch` is empty, ours alone, and removed afterwards."""

    def __init__(self, *, job: Job, pulse: Pulse, scratch: Path) -> None:
        self.job = job
        self.scratch = scratch
        self.is_over = False
        """True once it was finished or fanned out: nothing more may be written for it."""
        self._pulse = pulse

    @property
    def params(self) -> dict[str, Any]:
        """What the job was asked to do (JSON)."""
        params: dict[str, Any] = self.job.params
        return params

    @property
    def parts(self) -> list[Job]:
        """The finished children of a fan-out, in order, for the joining attempt."""
        return list(self.job.children.order_by("seq"))

    def progress(self, done: int, total: int, stage: str, unit: Unit = Unit.COUNT) -> None:
        """Tell how far it is; call as often as you like, the row is written about once a second.

        `stage` reads before the count: 'masking frame' gives 'masking frame 5,200 of 18,000'. `total` 0: not known.

        Raises:
            JobLost, JobCancelled, WorkerStopping: stop now and let it through.
        """
        before = self._pulse.progress
        began_at = before.stage_began_at if before and before.stage == stage else timezone.now()
        self._pulse.progress = Progress(done=done, total=total, stage=stage, unit=unit, stage_began_at=began_at)
        self.check()

    def is_cancelled(self) -> bool:
        """Whether to stop, for whatever reason: hand it to `run` and `sandbox_run`, which then raise ToolCancelled."""
        return self._pulse.interruption is not None

    def check(self) -> None:
        """Raise JobLost, JobCancelled or WorkerStopping if this attempt is to end."""
        interruption = self._pulse.interruption
        if interruption is not None:
            raise interruption

    @contextmanager
    def finishing(self, result: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The one transaction that makes the work visible: write rows and custody events in the body.

        Yields the job's result (JSON), which the body may fill. Raises JobLost or JobCancelled before the body when the
        job is not ours any more: drop the output and let it through.
        """
        with job_finishing(job=self.job, result=result) as outcome:
            yield outcome
        self.is_over = True

    def fan_out(
        self, parts: Sequence[Part], *, result: Mapping[str, Any] | None = None, unit: Unit = Unit.COUNT
    ) -> None:
        """End this attempt with parts to be done by whoever is free; then `join` runs, with `result` on the job.

        Raises ValueError for no parts or parts of a part, JobLost and JobCancelled as `finishing`.
        """
        job_fan_out(job=self.job, parts=parts, result=result, unit=unit)
        self.is_over = True
