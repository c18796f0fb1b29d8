"""Every write of cases: opening, members, exhibits. An exhibit's number is taken under a lock and never used again."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from evidence.cases.errors import ExhibitGone, ExhibitTaken, UrnTaken
from evidence.cases.models import Case, CaseMember, Exhibit, ExhibitCounter
from evidence.cases.policy import CASES, KIND, Right, may_open_case
from evidence.custody.parties import Reason, Recipient, Subject
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.http.errors import Forbidden
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS
from evidence.recordings.policy import Right as RecordingRight
from evidence.recordings.queries import original_file
from evidence.recordings.subjects import subject_of


def case_subject(case: Case) -> Subject:
    """The case as the subject of an event."""
    return Subject(kind=KIND, id=case.id)


def case_open(*, who: Who, urn: str, title: str, officer_in_case: Person) -> Case:
    """Open a case; its officer is its first member.

    Raises:
        Forbidden: this person may not open cases.
        UrnTaken: another case has the URN.
    """
    if not may_open_case(who):
        raise Forbidden("Only investigators, supervisors, disclosure officers and evidence managers open cases.")
    with act(actor=who.actor) as deed:
        urn = urn.strip().upper()
        if Case.objects.filter(urn=urn).exists():
            raise UrnTaken(f"There is a case with URN {urn} already. Search for it, or check the number.")
        case = Case(urn=urn, title=title.strip(), officer_in_case=officer_in_case)
        case.full_clean()
        case.save()
        CaseMember.objects.create(case=case, person=officer_in_case)
        deed.record(Verb.CASE_OPENED, case_subject(case), rule="opens-cases", data={"officer": str(officer_in_case.id)})
    return case


def member_add(*, who: Who, case: Case, person: Person) -> CaseMember:
    """Put somebody on a case. It gives them the case, not footage: that follows from their own rights and grants."""
    with act(actor=who.actor) as deed:
        decision = CASES.require(who, Right.CHANGE, case)
        member, is_new = CaseMember.objects.get_or_create(case=case, person=person, removed_at=None)
        if is_new:
            to = (Recipient(kind="person", id=person.id, name=person.label),)
            deed.record(Verb.CASE_MEMBER_ADDED, case_subject(case), rule=decision.rule, recipients=to)
    return member


def member_remove(*, who: Who, member: CaseMember) -> None:
    """Take somebody off a case."""
    with act(actor=who.actor) as deed:
        decision = CASES.require(who, Right.CHANGE, member.case)
        changed = CaseMember.objects.filter(pk=member.pk, removed_at=None).update(removed_at=timezone.now())
        if changed:
            deed.record(
                Verb.CASE_MEMBER_REMOVED, case_subject(member.case), rule=decision.rule,
                data={"person": str(member.person_id)},
            )  # fmt: skip


def exhibit_produce(*, who: Who, case: Case, recording: Recording, producer: Person, description: str) -> Exhibit:
    """Make a recording or working copy an exhibit: the producer's initials and the next number of this case.

    Raises:
        Denied: no right to the case, or to the recording.
        ExhibitTaken: it is one already.
    """
    with act(actor=who.actor) as deed:
        decision = CASES.require(who, Right.PRODUCE, case)
        RECORDINGS.require(who, RecordingRight.WATCH, recording)
        taken = Exhibit.objects.filter(case=case, recording=recording, withdrawn_at=None).first()
        if taken is not None:
            raise ExhibitTaken(f"It is already exhibit {taken.reference} of this case.")
        exhibit = Exhibit(
            case=case, recording=recording, producer=producer, initials=producer.initials,
            number=_number_take(case, producer.initials), description=description.strip(),
        )  # fmt: skip
        exhibit.full_clean()
        exhibit.save()
        deed.record(
            Verb.EXHIBIT_PRODUCED, subject_of(recording, original_file(recording)), rule=decision.rule,
            data={"case": str(case.id), "exhibit": str(exhibit.id), "number": exhibit.number},
        )  # fmt: skip
    return exhibit


def _number_take(case: Case, initials: str) -> int:
    """The next number for these initials, under a row lock."""
    with transaction.atomic():
        counter, _ = ExhibitCounter.objects.select_for_update().get_or_create(case=case, initials=initials)
        ExhibitCounter.objects.filter(pk=counter.pk).update(last=F("last") + 1)
        counter.refresh_from_db()
    return counter.last


def exhibit_withdraw(*, who: Who, exhibit: Exhibit, reason: str) -> None:
    """Withdraw an exhibit; its number stays used.

    Raises:
        ReasonMissing: none was given.
        ExhibitGone: it was withdrawn before.
    """
    if not reason.strip():
        raise ReasonMissing
    with act(actor=who.actor, reason=Reason(text=reason.strip())) as deed:
        decision = CASES.require(who, Right.PRODUCE, exhibit.case)
        changed = Exhibit.objects.filter(pk=exhibit.pk, withdrawn_at=None).update(
            withdrawn_at=timezone.now(), withdrawn_reason=reason.strip()
        )
        if not changed:
            raise ExhibitGone(f"{exhibit.reference} was withdrawn before.")
        deed.record(
            Verb.EXHIBIT_WITHDRAWN, subject_of(exhibit.recording), rule=decision.rule,
            data={"case": str(exhibit.case_id), "exhibit": str(exhibit.id)},
        )  # fmt: skip
