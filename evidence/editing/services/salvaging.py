"""Asking for a salvage: the right, a reason, whether the part lost its index; then events and a job.

The settings of another recording may be read for it. That is told in the record of that one too, in the same act.
"""

from uuid import uuid4

from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.editing.errors import NotEditable
from evidence.editing.footage import part_wanted
from evidence.editing.lending import lender_of
from evidence.editing.orders import SALVAGE, Order, canonical_sha256, named_file, order_of
from evidence.editing.services.asking import REASON_MAX, job_key
from evidence.http.idempotency import IdempotencyKeyReused
from evidence.identity.errors import ReasonMissing
from evidence.identity.who import Who
from evidence.jobs.models import Job
from evidence.jobs.services import job_enqueue
from evidence.recordings.models import Kind, Recording, RecordingFile
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import parts_of
from evidence.recordings.subjects import subject_of
from workers.media.salvage.reports import salvage_recipe

NOTHING_TO_SALVAGE = (
    "Only an MP4 that lost its index can be salvaged. This one did not: if it can be played, make a plain MP4 of it; "
    "if not, its Watch page says what is wrong with it."
)


def salvage_request(
    *, who: Who, recording: Recording, reason: str, part: int | None = None, request_key: str | None = None
) -> Job:
    """Have a copy put together from a part that lost its index; `part` None: the first one that did.

    Raises:
        Denied, ReasonMissing, NotEditable, IdempotencyKeyReused: says what to do.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    reason = reason.strip()[:REASON_MAX]
    if not reason:
        raise ReasonMissing
    parts = parts_of(recording) if part is None else [part_wanted(recording, part)]
    damaged = next((each.original for each in parts if each.original.lost_its_index), None)
    if damaged is None:
        raise NotEditable(NOTHING_TO_SALVAGE)
    lender = lender_of(who, damaged)
    recipe = salvage_recipe(named_file(damaged), named_file(lender) if lender is not None else None)
    order = Order(
        file=str(damaged.id), kind=Kind.SALVAGE.value, recipe=recipe, recipe_sha256=canonical_sha256(recipe),
        title="Salvaged copy", reason=reason, asked=str(uuid4()),
    )  # fmt: skip
    return _ordered(who, damaged, lender, order, request_key)


def _ordered(
    who: Who, damaged: RecordingFile, lender: RecordingFile | None, order: Order, request_key: str | None
) -> Job:
    recording = damaged.recording
    with act(actor=who.actor, reason=Reason(text=order.reason)) as deed:
        decision = RECORDINGS.require(who, Right.EDIT, recording)
        job = job_enqueue(
            kind=SALVAGE, key=job_key(who.person_id, request_key), actor=who.actor,
            subject=subject_of(recording), params=order.params,
        )  # fmt: skip
        known = order_of(job)
        if (known.file, known.kind, known.reason) != (order.file, order.kind, order.reason):
            raise IdempotencyKeyReused
        if known.asked != order.asked:
            return job
        deed.record(
            Verb.COPY_REQUESTED, subject_of(recording, damaged), rule=decision.rule,
            data={"kind": order.kind, "recipe_sha256": order.recipe_sha256, "job": str(job.id)},
        )  # fmt: skip
        if lender is not None:
            deed.record(Verb.SETTINGS_LENT, subject_of(lender.recording, lender), rule=decision.rule, data={})
    return job
