"""Asking for discs: plan them, have them made, stop that. The right to the case and to disclose each item, always."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid4

from evidence.cases.models import Case, Exhibit
from evidence.cases.policy import CASES, Right
from evidence.cases.services import case_subject
from evidence.court.contents import record_lengths
from evidence.court.errors import DisclosureEnded, DiscSetDiffers, DiscSetMissing, ExhibitWithdrawn, RecipientMissing
from evidence.court.models import DiscKind, DiscSet
from evidence.court.planning import Choice, SetPlan, set_plan
from evidence.court.queries import exhibits_chosen, job_key, job_of_set
from evidence.court.subjects import recipient_of
from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import Person
from evidence.identity.policy import Decision
from evidence.identity.who import Who, who_is
from evidence.jobs.errors import JobOver
from evidence.jobs.models import Job
from evidence.jobs.services import job_cancel, job_enqueue
from evidence.recordings.leaving import leaving_bar, leaving_require
from evidence.recordings.policy import RECORDINGS
from evidence.recordings.policy import Right as RecordingRight
from workers.disc.planning import MediumKind


def disc_set_plan(
    *, who: Who, case: Case, exhibits: Sequence[UUID], kind: DiscKind, medium: MediumKind, with_originals: bool
) -> SetPlan:
    """How many discs there will be, what goes on which, how large they get. Nothing is made or written.

    Raises:
        Denied: no right to the case's discs, or to disclose one of the exhibits.
        NothingChosen, ExhibitNotReady, NotForDvd, DoesNotFit, MayNotLeave: says what to do.
    """
    return _planned(who, case, exhibits, kind, medium, with_originals=with_originals)[1]


def disc_set_request(
    *, who: Who, case: Case, exhibits: Sequence[UUID], kind: DiscKind, medium: MediumKind, with_originals: bool,
    recipient_name: str, reason: str, identifier: UUID | None = None,
) -> DiscSet:  # fmt: skip
    """Have discs made. `identifier` makes asking twice (a button pressed twice) one set: the id it shall have.

    Raises:
        RecipientMissing, ReasonMissing: say to whom, and why. Else as `disc_set_plan`.
        DiscSetDiffers: there are discs with this id that were asked for with other terms.
    """
    recipient_name, reason = " ".join(recipient_name.split()), reason.strip()
    if not recipient_name:
        raise RecipientMissing
    if not reason:
        raise ReasonMissing
    with act(actor=who.actor, reason=Reason(text=reason)) as deed:
        decision, plan = _planned(who, case, exhibits, kind, medium, with_originals=with_originals)
        recordings = [each.exhibit.recording for each in plan.exhibits]
        disc_set, is_new = DiscSet.objects.get_or_create(
            id=identifier or uuid4(),
            defaults={
                "case": case, "kind": kind, "medium": medium.value, "with_originals": with_originals,
                "recipient_name": recipient_name, "reason": reason, "requested_by_id": who.person_id,
                "record_until": record_lengths(recordings),
            },
        )  # fmt: skip
        if not is_new:
            wishes = {"kind": kind.value, "medium": medium.value, "with_originals": with_originals}
            wishes |= {"recipient_name": recipient_name, "reason": reason}
            return _same(disc_set, case, who, {each.exhibit.id for each in plan.exhibits}, wishes)
        disc_set.full_clean()
        disc_set.exhibits.set([each.exhibit for each in plan.exhibits])
        deed.record(
            Verb.DISC_REQUESTED, case_subject(case), rule=decision.rule, recipients=(recipient_of(disc_set),),
            data={
                "disc_set": str(disc_set.id), "kind": disc_set.kind, "medium": disc_set.medium,
                "exhibits": len(plan.exhibits), "discs": len(plan.discs), "with_originals": with_originals,
            },
        )  # fmt: skip
        job_enqueue(
            kind="disc.build", key=job_key(disc_set), actor=who.actor, subject=case_subject(case),
            params={"disc_set": str(disc_set.id)},
        )  # fmt: skip
    return disc_set


def disc_set_cancel(*, who: Who, disc_set: DiscSet) -> Job:
    """Stop the making of a set; the record is written when it has stopped.

    Raises:
        Denied: no right to the case's discs.
        JobOver: it has ended already.
    """
    CASES.require(who, Right.DISCS, disc_set.case)
    job = job_of_set(disc_set)
    if job is None:
        raise JobOver
    return job_cancel(job=job, actor=who.actor)


def disclose_require(who: Who, case: Case, exhibits: Iterable[Exhibit]) -> Decision:
    """The right to discs of the case, and to disclose each of these exhibits.

    Raises:
        Denied: one of them is missing.
        MayNotLeave: a rule of the force keeps an exhibit in.
    """
    decision, asked = CASES.require(who, Right.DISCS, case), list(exhibits)
    for exhibit in asked:
        RECORDINGS.require(who, RecordingRight.DISCLOSE, exhibit.recording)
    for exhibit in asked:
        leaving_require(exhibit.recording, exhibit.reference)
    return decision


def kept_in(exhibits: Iterable[Exhibit]) -> str:
    """Which of them a rule of the force keeps in, and what to do; '' for none."""
    return " ".join(f"{each.reference}: {said}" for each in exhibits if (said := leaving_bar(each.recording)))


def disclosure_recheck(*, disc_set: DiscSet) -> None:
    """Whether the discs may still be made: the same rights of whoever asked, and their exhibits still standing.

    Raises:
        ExhibitWithdrawn, DisclosureEnded: says which exhibit, and what to do.
    """
    exhibits = list(disc_set.exhibits.select_related("recording"))
    gone = [exhibit.reference for exhibit in exhibits if exhibit.withdrawn_at is not None]
    if gone:
        message = f"{', '.join(gone)} was withdrawn after these discs were asked for. Ask for discs without it."
        raise ExhibitWithdrawn(message)
    asker = Person.objects.get(pk=disc_set.requested_by_id)
    who = who_is(asker)
    if not CASES.decide(who, Right.DISCS, disc_set.case):
        raise DisclosureEnded(
            f"{asker.label} may not make discs of this case any more. No disc was made. Somebody who may can ask for "
            "them again."
        )
    barred = [
        each.reference for each in exhibits if not RECORDINGS.decide(who, RecordingRight.DISCLOSE, each.recording)
    ]
    if barred:
        raise DisclosureEnded(
            f"{asker.label} may not disclose {', '.join(barred)} any more: it was restricted, or a right ended, after "
            "these discs were asked for. No disc was made. Ask the evidence manager, or ask for discs without it."
        )
    if kept := kept_in(exhibits):
        raise DisclosureEnded(f"No disc was made. {kept}")


def _planned(
    who: Who, case: Case, identifiers: Sequence[UUID], kind: DiscKind, medium: MediumKind, *, with_originals: bool
) -> tuple[Decision, SetPlan]:
    CASES.require(who, Right.DISCS, case)
    exhibits = exhibits_chosen(case, identifiers)
    decision = disclose_require(who, case, exhibits)
    choice = Choice(exhibits=exhibits, kind=kind, medium=medium, with_originals=with_originals)
    return decision, set_plan(case, choice)


def _same(before: DiscSet, case: Case, who: Who, exhibits: set[UUID], wishes: Mapping[str, object]) -> DiscSet:
    if before.case_id != case.pk or before.requested_by_id != who.person_id:
        raise DiscSetMissing
    are_others = set(before.exhibits.values_list("pk", flat=True)) != exhibits
    if are_others or any(getattr(before, name) != value for name, value in wishes.items()):
        raise DiscSetDiffers
    return before
