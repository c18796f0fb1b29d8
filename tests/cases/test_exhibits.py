"""Exhibit references: initials and a number that is never used twice, under concurrency too; withdrawing; the label."""

import threading
from datetime import date

import pytest
from django.db import connection, connections

from evidence.cases.errors import CaseClosed, ExhibitGone, ExhibitTaken
from evidence.cases.models import Case, Exhibit
from evidence.cases.services import case_open, exhibit_produce, exhibit_withdraw
from evidence.custody.queries import lines, subject_events
from evidence.identity.errors import Denied, ReasonMissing
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Kind
from tests import factories
from tests.cases.conftest import begun


def producing(inquiry, recording, producer=None, **facts):
    return exhibit_produce(
        who=inquiry.who, case=inquiry.case, recording=recording, producer=producer or inquiry.lead,
        description="Body-worn video", **facts,
    )  # fmt: skip


@pytest.mark.django_db
def test_references_are_the_producers_initials_and_consecutive_numbers(inquiry, tmp_path):
    team = inquiry.scene.team
    items = [inquiry.scene.recording, *(factories.playable(b"%d" % n, team=team, tmp=tmp_path) for n in range(2))]
    other = factories.person(first_name="Anne-Marie", surname="O'Neil")
    made = [producing(inquiry, items[0]), producing(inquiry, items[1]), producing(inquiry, items[2], other)]
    assert [exhibit.reference for exhibit in made] == ["AB/1", "AB/2", "AMO/1"]


@pytest.mark.django_db
def test_producing_is_an_event_of_the_recording_that_names_its_file(inquiry):
    exhibit = producing(inquiry, inquiry.scene.recording)
    line = lines(subject_events("recording", inquiry.scene.recording.id))[-1]
    assert (line.verb, line.body["data"]["number"]) == ("recording:exhibit:produced", 1)
    assert line.body["data"]["exhibit"] == str(exhibit.id)
    assert line.body["subject"]["files"] == [{"id": str(inquiry.scene.file.id), "sha256": inquiry.scene.file.sha256}]


@pytest.mark.django_db
def test_a_working_copy_can_be_an_exhibit(inquiry, tmp_path):
    clip = factories.copy_of(inquiry.scene.file, b"a clip", tmp=tmp_path, made_by=inquiry.lead, kind=Kind.CLIP)
    assert producing(inquiry, clip).reference == "AB/1"


@pytest.mark.django_db
def test_an_item_is_an_exhibit_of_a_case_once_and_of_another_case_too(inquiry):
    producing(inquiry, inquiry.scene.recording)
    with pytest.raises(ExhibitTaken, match="AB/1"):
        producing(inquiry, inquiry.scene.recording)
    other = case_open(who=inquiry.who, urn="2", title="Other", officer_in_case=inquiry.lead)
    exhibit = exhibit_produce(
        who=inquiry.who, case=other, recording=inquiry.scene.recording, producer=inquiry.lead, description="Again"
    )
    assert exhibit.reference == "AB/1"


@pytest.mark.django_db
def test_the_number_of_a_withdrawn_exhibit_is_not_used_again(inquiry):
    first = producing(inquiry, inquiry.scene.recording)
    exhibit_withdraw(who=inquiry.who, exhibit=first, reason="Wrong recording")
    assert producing(inquiry, inquiry.scene.recording).reference == "AB/2"
    line = next(line for line in lines(subject_events("recording", first.recording_id)) if "withdrawn" in line.verb)
    assert line.reason_text == "Wrong recording"


@pytest.mark.django_db
def test_withdrawing_needs_a_reason_and_happens_once(inquiry):
    exhibit = producing(inquiry, inquiry.scene.recording)
    with pytest.raises(ReasonMissing):
        exhibit_withdraw(who=inquiry.who, exhibit=exhibit, reason="  ")
    exhibit_withdraw(who=inquiry.who, exhibit=exhibit, reason="Wrong")
    with pytest.raises(ExhibitGone, match="AB/1"):
        exhibit_withdraw(who=inquiry.who, exhibit=exhibit, reason="Wrong")


@pytest.mark.django_db
def test_the_label_names_producer_and_date_of_the_statement(inquiry):
    exhibit = producing(inquiry, inquiry.scene.recording, statement_on=date(2026, 11, 3))
    assert exhibit.label_text == "Exhibit AB/1, referred to in the statement of Aisha Begum dated 3 November 2026"


@pytest.mark.django_db
def test_nobody_produces_what_they_may_not_watch(inquiry, tmp_path):
    hidden = factories.playable(b"restricted", officer=factories.person(), team=factories.unit(), tmp=tmp_path)
    type(hidden).objects.update(is_restricted=True)
    with pytest.raises(Denied):
        producing(inquiry, hidden)
    assert not Exhibit.objects.exists()


@pytest.mark.django_db
def test_nobody_produces_in_a_case_they_are_not_on(inquiry):
    stranger = factories.person(Role.INVESTIGATOR)
    with pytest.raises(Denied):
        exhibit_produce(
            who=who_is(stranger), case=inquiry.case, recording=inquiry.scene.recording, producer=stranger,
            description="x",
        )  # fmt: skip


@pytest.mark.django_db
def test_nothing_is_added_to_a_closed_case(inquiry):
    Case.objects.update(closed_at=inquiry.case.opened_at)
    with pytest.raises(CaseClosed):
        producing(inquiry, inquiry.scene.recording)


@pytest.mark.django_db(transaction=True)
def test_exhibits_produced_at_the_same_moment_get_different_numbers(tmp_path):
    inquiry = begun(tmp_path)
    items = [factories.playable(b"%d" % n, team=inquiry.scene.team, tmp=tmp_path) for n in range(6)]
    together = threading.Barrier(len(items))
    troubles: list[Exception] = []

    def produce(recording) -> None:
        try:
            together.wait(timeout=30)
            producing(inquiry, recording)
        except Exception as trouble:  # noqa: BLE001 - handed to the test's own thread
            troubles.append(trouble)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=produce, args=[item]) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert sorted(Exhibit.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert connection.is_usable()


@pytest.mark.django_db(transaction=True)
def test_one_item_produced_twice_at_the_same_moment_is_one_exhibit(tmp_path):
    inquiry = begun(tmp_path)
    together = threading.Barrier(2)
    refused: list[Exception] = []

    def produce() -> None:
        try:
            together.wait(timeout=30)
            producing(inquiry, inquiry.scene.recording)
        except ExhibitTaken as taken:
            refused.append(taken)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=produce) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Exhibit.objects.count(), len(refused)) == (1, 1)
