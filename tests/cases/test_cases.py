"""Opening a case, putting people on it and taking them off, and the footage that comes with that."""

import pytest

from evidence.cases.errors import MemberMissing, PersonLeft, UrnTaken
from evidence.cases.models import Case, CaseMember
from evidence.cases.policy import CASES, Right
from evidence.cases.queries import cases, exhibits_shown, members_of
from evidence.cases.services import case_open, exhibit_produce, exhibit_withdraw, member_add, member_remove
from evidence.custody.models import Event
from evidence.custody.queries import lines, subject_events
from evidence.http.errors import Forbidden
from evidence.identity.errors import Denied
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.policy import RECORDINGS
from evidence.recordings.policy import Right as RecordingRight
from evidence.recordings.services.notes import restriction_set
from tests import factories

pytestmark = pytest.mark.django_db


def may_watch(person, recording) -> bool:
    return bool(RECORDINGS.decide(who_is(person), RecordingRight.WATCH, recording))


def produced(inquiry, description="Body-worn video of the arrest"):
    return exhibit_produce(
        who=inquiry.who, case=inquiry.case, recording=inquiry.scene.recording, producer=inquiry.scene.officer,
        description=description,
    )  # fmt: skip


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.SUPERVISOR, Role.EVIDENCE_MANAGER, Role.DISCLOSURE_OFFICER])
def test_who_investigates_supervises_or_manages_evidence_opens_cases(role):
    who = factories.who(role)
    lead = factories.person(Role.INVESTIGATOR)
    case = case_open(who=who, urn=" 21xy7 ", title="Theft", officer_in_case=lead)
    assert case.urn == "21XY7"
    assert {member.person_id for member in members_of(case)} == {lead.id, who.id}
    assert CASES.decide(who, Right.VIEW, case), "who opened it does not see it"
    (line,) = lines(subject_events("case", case.id))
    assert (line.verb, line.actor_name) == ("case:case:opened", who.actor.name)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.ADMINISTRATOR, Role.PSD])
def test_others_open_no_cases(role):
    with pytest.raises(Forbidden):
        case_open(who=factories.who(role), urn="1", title="x", officer_in_case=factories.person(Role.INVESTIGATOR))
    assert not Case.objects.exists()


def test_a_urn_belongs_to_one_case_and_the_second_opening_leaves_no_event(inquiry):
    before = Event.objects.count()
    with pytest.raises(UrnTaken, match="20AB0012326"):
        case_open(who=inquiry.who, urn="20AB0012326", title="Another", officer_in_case=inquiry.lead)
    assert Case.objects.count() == 1
    assert Event.objects.count() == before


def test_a_person_without_a_post_becomes_neither_officer_in_the_case_nor_member(inquiry):
    left = factories.person(None)
    with pytest.raises(PersonLeft):
        case_open(who=inquiry.who, urn="99", title="x", officer_in_case=left)
    with pytest.raises(PersonLeft):
        member_add(who=inquiry.who, case=inquiry.case, person=left)


def test_a_member_sees_the_case_until_they_are_taken_off(inquiry):
    officer = inquiry.scene.colleague
    assert not cases(who_is(officer)).exists()
    member = member_add(who=inquiry.who, case=inquiry.case, person=officer)
    assert cases(who_is(officer)).get() == inquiry.case
    member_remove(who=inquiry.who, member=member)
    assert not cases(who_is(officer)).exists()
    with pytest.raises(MemberMissing):
        member_remove(who=inquiry.who, member=member)
    again = member_add(who=inquiry.who, case=inquiry.case, person=officer)
    assert again.pk != member.pk, "the earlier membership was written over"


def test_adding_somebody_twice_makes_one_member_and_one_event(inquiry):
    for _ in range(2):
        member_add(who=inquiry.who, case=inquiry.case, person=inquiry.scene.colleague)
    assert CaseMember.objects.filter(person=inquiry.scene.colleague).count() == 1
    assert Event.objects.filter(verb="case:member:added").count() == 1


def test_only_the_officer_in_the_case_and_evidence_managers_choose_who_is_on_it(inquiry):
    member_add(who=inquiry.who, case=inquiry.case, person=inquiry.scene.colleague)
    with pytest.raises(Denied):
        member_add(who=who_is(inquiry.scene.colleague), case=inquiry.case, person=inquiry.scene.officer)
    manager = factories.who(Role.EVIDENCE_MANAGER)
    assert member_add(who=manager, case=inquiry.case, person=inquiry.scene.officer)


def test_somebody_not_on_a_case_does_not_learn_that_it_exists(inquiry):
    with pytest.raises(Denied) as refused:
        CASES.require(factories.who(Role.OFFICER), Right.VIEW, inquiry.case)
    assert refused.value.status == 404
    assert inquiry.case.urn not in refused.value.message


def test_a_new_member_may_watch_the_exhibits_and_no_longer_when_taken_off(inquiry):
    produced(inquiry)
    colleague, recording = inquiry.scene.colleague, inquiry.scene.recording
    assert not may_watch(colleague, recording)
    member = member_add(who=inquiry.who, case=inquiry.case, person=colleague)
    assert may_watch(colleague, recording)
    given = [line for line in lines(subject_events("recording", recording.id)) if line.verb.endswith("grant:given")]
    assert given[0].recipient_names == [colleague.label]
    member_remove(who=inquiry.who, member=member)
    assert not may_watch(colleague, recording)
    assert Event.objects.filter(verb="recording:grant:revoked", subject_id=recording.id).count() == 1


def test_members_may_watch_what_becomes_an_exhibit_and_no_longer_when_it_is_withdrawn(inquiry):
    colleague, recording = inquiry.scene.colleague, inquiry.scene.recording
    member_add(who=inquiry.who, case=inquiry.case, person=colleague)
    exhibit = produced(inquiry)
    assert may_watch(colleague, recording)
    exhibit_withdraw(who=inquiry.who, exhibit=exhibit, reason="The wrong recording")
    assert not may_watch(colleague, recording)


def test_what_one_case_gave_is_not_taken_back_by_another(inquiry):
    colleague, recording = inquiry.scene.colleague, inquiry.scene.recording
    other = case_open(who=inquiry.who, urn="OTHER", title="Other", officer_in_case=inquiry.lead)
    for case in (inquiry.case, other):
        member_add(who=inquiry.who, case=case, person=colleague)
        exhibit_produce(
            who=inquiry.who, case=case, recording=recording, producer=inquiry.scene.officer, description="Arrest"
        )
    exhibit_withdraw(who=inquiry.who, exhibit=other.exhibits.get(), reason="Not needed")
    assert may_watch(colleague, recording)


def test_being_on_a_case_opens_no_restricted_exhibit(inquiry):
    recording, colleague = inquiry.scene.recording, inquiry.scene.colleague
    produced(inquiry)
    member_add(who=inquiry.who, case=inquiry.case, person=colleague)
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=recording, is_restricted=True, reason="Child victim"
    )
    assert not may_watch(colleague, recording), "the case's grant outlived the restriction"
    later = inquiry.scene.sergeant
    member_add(who=inquiry.who, case=inquiry.case, person=later)
    assert not may_watch(later, recording)


def test_lifting_a_restriction_gives_members_back_what_it_suspended_and_the_record_says_so(inquiry):
    recording, manager = inquiry.scene.recording, factories.who(Role.EVIDENCE_MANAGER)
    produced(inquiry)
    for person in (inquiry.scene.colleague, factories.person()):
        member_add(who=inquiry.who, case=inquiry.case, person=person)
    for is_restricted in (True, False):
        restriction_set(who=manager, recording=recording, is_restricted=is_restricted, reason="Child victim")
    assert may_watch(inquiry.scene.colleague, recording)
    told = [line for line in lines(subject_events("recording", recording.id)) if "restriction" in line.verb]
    assert [line.body["data"]["ways_in"] for line in told] == [{"case": 2}, {"case": 2}]


def test_a_member_who_may_not_share_gives_the_others_nothing(inquiry, tmp_path):
    """The colleague may watch by the case's own grant, which is no right to pass it on."""
    colleague, other = inquiry.scene.colleague, factories.person(Role.OFFICER)
    copy = factories.playable(b"another", officer=factories.person(), team=factories.unit(), tmp=tmp_path)
    factories.granted(copy, colleague)
    for person in (colleague, other):
        member_add(who=inquiry.who, case=inquiry.case, person=person)
    exhibit_produce(
        who=who_is(colleague), case=inquiry.case, recording=copy, producer=colleague, description="Shared with me"
    )
    assert not may_watch(other, copy)


def test_the_time_line_tells_why_an_exhibit_was_withdrawn_only_to_those_who_may_know_what_it_is(inquiry):
    exhibit = produced(inquiry, "The victim's bedroom")
    exhibit_withdraw(who=inquiry.who, exhibit=exhibit, reason="Shows her daughter")
    colleague = inquiry.scene.colleague
    member_add(who=inquiry.who, case=inquiry.case, person=colleague)
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=inquiry.scene.recording, is_restricted=True, reason="Child"
    )
    for knows, is_told in ((colleague, False), (inquiry.lead, False), (factories.person(Role.AUDITOR), True)):
        page = factories.client_for(knows).get(f"/cases/{inquiry.case.id}/timeline").content.decode()
        assert f"withdrew {exhibit.reference}" in page
        assert ("daughter" in page) is is_told


def test_members_see_that_there_is_a_restricted_exhibit_but_not_what_it_is(inquiry):
    produced(inquiry, "The victim's bedroom")
    colleague = inquiry.scene.colleague
    member_add(who=inquiry.who, case=inquiry.case, person=colleague)
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=inquiry.scene.recording, is_restricted=True, reason="Child"
    )
    (shown,) = exhibits_shown(who_is(colleague), inquiry.case)
    assert not shown.may_know
    page = factories.client_for(colleague).get(f"/cases/{inquiry.case.id}/").content.decode()
    assert shown.exhibit.reference in page
    assert "bedroom" not in page
    assert str(inquiry.scene.recording.id) not in page
