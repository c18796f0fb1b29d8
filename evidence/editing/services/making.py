"""How an order ended: the working copy with its events, or why there is none. Called by the handlers in workers.

The copy appears in the transaction that ends its job, so there is one or none, whatever dies when.
"""

from collections.abc import Mapping
from typing import Any

from evidence.custody.parties import Actor, Reason, system
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.editing.orders import canonical_sha256, order_files, order_of
from evidence.identity.models import Person
from evidence.identity.who import who_is
from evidence.jobs.models import Job
from evidence.recordings.models import RecordingFile
from evidence.recordings.services.copies import Making, copy_register
from evidence.recordings.services.preparing import PREPARATION, preparation_ask
from evidence.recordings.subjects import subject_of
from evidence.vault.services import Put

RENDERING = system("Working copies")
RULE = "job:copy"


def copy_finish(*, job: Job, put: Put, statement: Mapping[str, Any], media_type: str) -> RecordingFile:
    """Register the bytes of `put` as the working copy that `job` ordered, and have it prepared for viewing.

    `statement`: canonical JSON values. Called inside the job's finishing transaction.
    """
    order, actor = order_of(job), job.requested_by
    assert actor.id is not None  # noqa: S101 - only a person can order a copy, and a person has a row
    making = Making(
        kind=order.copy_kind, recipe=order.recipe, recipe_sha256=order.recipe_sha256, statement=statement,
        statement_sha256=canonical_sha256(statement), reason=order.reason, title=order.title, media_type=media_type,
    )  # fmt: skip
    made_by = Person.objects.get(pk=actor.id)
    source, *more = order_files(order)
    file = copy_register(source=source, more=more, put=put, making=making, actor=actor, made_by=made_by)
    preparation_ask(file=file, actor=PREPARATION)
    return file


def copy_failed(job: Job) -> None:
    """Tell the recording that no copy came of an order, and why."""
    _told(job, Verb.COPY_FAILED, RENDERING, Reason(code=job.error_code or None, text=job.error or None))


def copy_cancelled(job: Job) -> None:
    """Tell the recording that somebody stopped an order."""
    _told(job, Verb.COPY_CANCELLED, _canceller(job), Reason())


def _told(job: Job, verb: Verb, actor: Actor, reason: Reason) -> None:
    order = order_of(job)
    files = order_files(order)
    with act(actor=actor, reason=reason) as deed:
        deed.record(
            verb, subject_of(files[0].recording, *files), rule=RULE,
            data={"kind": order.kind, "recipe_sha256": order.recipe_sha256, "job": str(job.id)},
        )  # fmt: skip


def _canceller(job: Job) -> Actor:
    """Who stopped it: not always who asked for it."""
    if job.cancel_requested_by_id in {None, job.requested_by_id}:
        return job.requested_by
    person = Person.objects.filter(pk=job.cancel_requested_by_id).first()
    return who_is(person).actor if person is not None else RENDERING
