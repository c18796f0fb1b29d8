"""Every write of cases: opening, members, exhibits. An exhibit's number is taken under a lock and never used again."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from evidence.cases.access import access_end, access_give
from evidence.cases.errors import CaseClosed, ExhibitGone, ExhibitTaken, MemberMissing, PersonLeft, UrnTaken
from evidence.cases.models import Case, CaseMember, Exhibit, ExhibitCounter
from evidence.cases.policy import CASES, KIND, Right, may_open_case
from evidence.custody.parties import Reason, Recipient, Subject
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.http.errors import Forbidden
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import Person
from evidence.identity.people import is_serving
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS
from evidence.recordings.policy import Right as RecordingRight
from evidence.recordings.queries import original_file
from evidence.recordings.subjects import subject_of

INITIALS_MAX = 6


def case_subject(case: Case) -> Subject:
    """The case as the subject of an event."""
    return Subject(kind=KIND, id=case.id)


def case_open(*, who: Who, urn: str, title: str, officer_in_case: Person) -> Case:
    """Open a case; its officer and whoever opens it are its first members.

    Raises:
        Forbidden: this person may not open cases.
        PersonLeft: the officer in the case holds no post.
        UrnTaken: another case has the URN.
        ValidationError: the URN or title is empty or too long.
    """
    if not may_open_case(who):
        raise Forbidden("Only investigators, supervisors, disclosure officers and evidence managers open cases.")
    if not is_serving(officer_in_case):
        raise PersonLeft(officer_in_case.label, "officer_in_case")
    case = Case(urn=urn.strip().upper(), title=title.strip(), officer_in_case=officer_in_case)
    case.clean_fields()
    with act(actor=who.actor) as deed:
        _save_new(case)
        for person_id in {officer_in_case.id, who.person_id}:
            CaseMember.objects.create(case=case, person_id=person_id)
        deed.record(Verb.CASE_OPENED, case_subject(case), rule="opens-cases", data={"officer": str(officer_in_case.id)})
    return case


def _save_new(case: Case) -> None:
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError as taken:
        raise UrnTaken(case.urn) from taken


def member_add(*, who: Who, case: Case, person: Person) -> CaseMember:
    """Put somebody on a case, with access to those of its exhibits that the one who adds may share (see `access`).

    Raises:
        Denied: no right to change the case.
        PersonLeft: they hold no post.
    """
    with act(actor=who.actor) as deed:
        decision = CASES.require(who, Right.CHANGE, case)
        if not is_serving(person):
            raise PersonLeft(person.label, "person")
        member, is_new = CaseMember.objects.get_or_create(case=_locked(case), person=person, removed_at=None)
        if is_new:
            to = (Recipient(kind="person", id=person.id, name=person.label),)
            deed.record(Verb.CASE_MEMBER_ADDED, case_subject(case), rule=decision.rule, recipients=to)
            live = case.exhibits.filter(withdrawn_at=None).select_related("recording")
            items = [exhibit.recording for exhibit in live]
            access_give(deed=deed, who=who, case=case, recordings=items, people=[person])
    return member


def member_remove(*, who: Who, member: CaseMember) -> None:
    """Take somebody off a case, and with it the access that came with it.

    Raises:
        Denied: no right to change the case.
        MemberMissing: they were taken off before.
    """
    with act(actor=who.actor) as deed:
        decision = CASES.require(who, Right.CHANGE, member.case)
        _locked(member.case)
        if not CaseMember.objects.filter(pk=member.pk, removed_at=None).update(removed_at=timezone.now()):
            raise MemberMissing
        deed.record(
            Verb.CASE_MEMBER_REMOVED, case_subject(member.case), rule=decision.rule,
            data={"person": str(member.person_id)},
        )  # fmt: skip
        access_end(deed=deed, case=member.case, person=member.person)


def exhibit_produce(
    *, who: Who, case: Case, recording: Recording, producer: Person, description: str, statement_on: date | None = None
) -> Exhibit:
    """Make a recording or working copy an exhibit: the producer's initials and the next number of this case.

    `statement_on`: the date of the statement that refers to it; today where none is given.

    Raises:
        Denied: no right to the case, or to the recording.
        CaseClosed: nothing is added to a closed case.
        ExhibitTaken: it is an exhibit of this case already.
        ValidationError: the description is empty or too long.
    """
    with act(actor=who.actor) as deed:
        decision = CASES.require(who, Right.PRODUCE, case)
        RECORDINGS.require(who, RecordingRight.WATCH, recording)
        if _locked(case).closed_at is not None:
            raise CaseClosed
        taken = Exhibit.objects.filter(case=case, recording=recording, withdrawn_at=None).first()
        if taken is not None:
            raise ExhibitTaken(f"It is already exhibit {taken.reference} of this case.")
        initials = producer.initials[:INITIALS_MAX]
        exhibit = Exhibit(
            case=case, recording=recording, producer=producer, initials=initials, number=_number_take(case, initials),
            description=description.strip(), statement_on=statement_on or timezone.localdate(),
        )  # fmt: skip
        exhibit.full_clean()
        exhibit.save()
        deed.record(
            Verb.EXHIBIT_PRODUCED, subject_of(recording, original_file(recording)), rule=decision.rule,
            data={"case": str(case.id), "exhibit": str(exhibit.id), "number": exhibit.number},
        )  # fmt: skip
        members = [member.person for member in _members_live(case).exclude(person_id=who.person_id)]
        access_give(deed=deed, who=who, case=case, recordings=[recording], people=members)
    return exhibit


def _locked(case: Case) -> Case:
    """The case, locked: members and exhibits change one after the other, so that nobody misses an access."""
    return Case.objects.select_for_update().get(pk=case.pk)


def _members_live(case: Case) -> QuerySet[CaseMember]:
    return CaseMember.objects.filter(case=case, removed_at=None).select_related("person")


def _number_take(case: Case, initials: str) -> int:
    """The next number for these initials, under the case's lock; a number is never given back."""
    counter, _ = ExhibitCounter.objects.select_for_update().get_or_create(case=case, initials=initials)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def exhibit_withdraw(*, who: Who, exhibit: Exhibit, reason: str) -> None:
    """Withdraw an exhibit, and the access that came with it; its number stays used.

    Raises:
        Denied: no right to the case.
        ReasonMissing: none was given.
        ExhibitGone: it was withdrawn before.
    """
    if not reason.strip():
        raise ReasonMissing
    with act(actor=who.actor, reason=Reason(text=reason.strip())) as deed:
        decision = CASES.require(who, Right.PRODUCE, exhibit.case)
        _locked(exhibit.case)
        changed = Exhibit.objects.filter(pk=exhibit.pk, withdrawn_at=None).update(
            withdrawn_at=timezone.now(), withdrawn_reason=reason.strip()
        )
        if not changed:
            raise ExhibitGone(f"{exhibit.reference} was withdrawn before.")
        deed.record(
            Verb.EXHIBIT_WITHDRAWN, subject_of(exhibit.recording), rule=decision.rule,
            data={"case": str(exhibit.case_id), "exhibit": str(exhibit.id)},
        )  # fmt: skip
        access_end(deed=deed, case=exhibit.case, exhibit=exhibit)
