"""Every write of a job row: asking for work, working on it, and finding what got lost.

People and rooms ask (`asking`), a worker's attempt claims, beats and ends (`attempts`), and the reconciler rings again
for what the broker lost (`reconciling`).
"""

from evidence.jobs.services.asking import job_cancel, job_enqueue, job_retry
from evidence.jobs.services.attempts import (
    job_beat,
    job_claim,
    job_end_cancelled,
    job_fail,
    job_finishing,
    job_is_cancel_requested,
    job_release,
    job_settle,
)
from evidence.jobs.services.parts import Part, job_fan_out
from evidence.jobs.services.reconciling import job_ring_next, jobs_reconcile

__all__ = [
    "Part",
    "job_beat",
    "job_cancel",
    "job_claim",
    "job_end_cancelled",
    "job_enqueue",
    "job_fail",
    "job_fan_out",
    "job_finishing",
    "job_is_cancel_requested",
    "job_release",
    "job_retry",
    "job_ring_next",
    "job_settle",
    "jobs_reconcile",
]
