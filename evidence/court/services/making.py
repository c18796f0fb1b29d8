"""What the making of discs leaves behind: discs with their events, or a set that failed or was cancelled.

Called by the job's handler only. The actor of a made disc is whoever asked for it; a failure is the job's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from evidence.cases.models import Exhibit
from evidence.cases.services import case_subject
from evidence.court.contents import DiscFile
from evidence.court.models import Disc, DiscSet, DiscSetState
from evidence.court.subjects import disc_subject, item_subjects, recipient_of
from evidence.custody.parties import Actor, ActorKind, Reason, system
from evidence.custody.services import act
from evidence.custody.verbs import Outcome, Verb
from evidence.identity.models import Person
from evidence.jobs.models import Job
from evidence.recordings.subjects import subject_of
from evidence.vault.services import Put, object_register

MAKING = system("Disc making")
RULE = "job:disc"


@dataclass(frozen=True, slots=True)
class MadeDisc:
    """A disc whose image lies in the vault, not registered yet. `contents` as `Disc.contents`."""

    number: int
    volume_id: str
    put: Put
    label: tuple[str, ...]
    exhibits: tuple[Exhibit, ...]
    contents: tuple[dict[str, Any], ...]


def disc_set_begin(*, disc_set: DiscSet) -> None:
    """Its job runs (again): forget an earlier failure."""
    DiscSet.objects.filter(pk=disc_set.pk).exclude(state=DiscSetState.MADE).update(
        state=DiscSetState.REQUESTED, problem=""
    )


def disc_set_finish(*, disc_set: DiscSet, actor: Actor, discs: Sequence[MadeDisc]) -> None:
    """All discs are there: their rows, one event on the case a disc, one on each item a disc it is on.

    Called inside the job's finishing transaction; the discs are visible only when that commits.
    """
    with act(actor=actor, reason=Reason(text=disc_set.reason)) as deed:
        to = (recipient_of(disc_set),)
        for made in discs:
            disc = Disc.objects.create(
                disc_set=disc_set, number=made.number, volume_id=made.volume_id, image=object_register(made.put),
                label="\n".join(made.label), contents=list(made.contents),
            )  # fmt: skip
            disc.exhibits.set(made.exhibits)
            facts = {"disc": str(disc.id), "image_sha256": made.put.sha256}
            of = {"disc_set": str(disc_set.id), "number": made.number, "of": len(discs), "kind": disc_set.kind}
            deed.record(
                Verb.DISC_MADE, disc_subject(disc_set.case, disc), rule=RULE, recipients=to,
                data={**facts, **of, "size_bytes": made.put.size_bytes},
            )  # fmt: skip
            for item in item_subjects(disc):
                deed.record(Verb.ITEM_ON_DISC, item, rule=RULE, recipients=to, data=dict(facts))
        DiscSet.objects.filter(pk=disc_set.pk).update(
            state=DiscSetState.MADE, made_at=timezone.now(), problem=""
        )  # fmt: skip


def disc_set_failed(*, disc_set: DiscSet, code: str, message: str) -> None:
    """The making has failed for good; the set says why and the case's record that it was so."""
    with act(actor=MAKING) as deed:
        DiscSet.objects.filter(pk=disc_set.pk).update(state=DiscSetState.FAILED, problem=message)
        deed.record(
            Verb.DISC_FAILED, case_subject(disc_set.case), rule=RULE,
            data={"disc_set": str(disc_set.id), "code": code},
        )  # fmt: skip


def disc_set_cancelled(*, disc_set: DiscSet, job: Job) -> None:
    """The making was stopped by somebody, whom the record names."""
    with act(actor=_canceller(job)) as deed:
        DiscSet.objects.filter(pk=disc_set.pk).update(state=DiscSetState.CANCELLED)
        deed.record(
            Verb.DISC_CANCELLED, case_subject(disc_set.case), rule=RULE, data={"disc_set": str(disc_set.id)}
        )  # fmt: skip


def damage_note(*, found: DiscFile) -> None:
    """A file in the vault is not what was sealed: the item's own record says so."""
    with act(actor=MAKING) as deed:
        deed.record(
            Verb.FIXITY_CHECKED, subject_of(found.file.recording, found.file), rule=RULE, outcome=Outcome.FAILED,
            data={"role": found.file.role, "part": found.file.part},
        )  # fmt: skip


def _canceller(job: Job) -> Actor:
    person = Person.objects.filter(pk=job.cancel_requested_by_id).first() if job.cancel_requested_by_id else None
    return Actor(kind=ActorKind.PERSON, id=person.id, name=person.label) if person else MAKING
