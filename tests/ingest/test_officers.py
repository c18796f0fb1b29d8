"""Whose recording an upload becomes: who had the camera, who is named, who sends; and what a person has to look at."""

from datetime import timedelta

import pytest

from evidence.fleet.services import camera_issue
from evidence.identity.roles import Role
from evidence.ingest.services import upload_commit
from evidence.recordings.models import Recording
from tests import factories
from tests.ingest.sending import RECORDED_AT, Sender, page_sender

pytestmark = pytest.mark.django_db
ISSUED = "The camera was issued to somebody other than the officer it is said to belong to."


@pytest.fixture
def worn(officer):
    """A known camera that the officer had when it was recorded."""
    camera = factories.camera("CAM-1")
    camera_issue(camera=camera, person=officer, issued_at=RECORDED_AT - timedelta(hours=2))
    return camera


@pytest.fixture
def sergeant(db) -> Sender:
    return page_sender(factories.person(Role.SUPERVISOR, rank="Sgt"))


def recording_of(sender: Sender, content: bytes = b"a film", **told: str) -> Recording:
    upload = upload_commit(upload=sender.sent(content, recorded_at=RECORDED_AT.isoformat(), **told))
    assert upload.file is not None, upload.problem
    return upload.file.recording


def value_of(html: str, name: str) -> str:
    field = html.partition(f'name="{name}"')[2].partition(">")[0]
    return field.partition('value="')[2].partition('"')[0]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR, Role.INVESTIGATOR, Role.EVIDENCE_MANAGER])
def test_the_page_names_no_officer_until_the_sender_does(role):
    html = page_sender(factories.person(role)).shown.content.decode()
    assert 'name="officer"' in html
    assert value_of(html, "officer") == ""
    assert value_of(html, "complete") == "1"


def test_a_sergeant_who_sends_what_the_page_offers_is_not_credited_with_an_officers_film(sergeant, worn, officer):
    offered = value_of(sergeant.shown.content.decode(), "officer")
    recording = recording_of(sergeant, camera="CAM-1", **({"officer": offered} if offered else {}))
    assert (recording.officer, recording.is_flagged) == (officer, False)


def test_without_a_camera_a_sergeant_is_not_taken_for_the_officer(sergeant):
    recording = recording_of(sergeant)
    assert recording.officer is None
    assert "not known which officer" in recording.flag_reason


def test_an_officer_named_who_had_not_the_camera_is_looked_at_by_a_person_whoever_sends_it(sergeant, dock, worn):
    named = factories.person()
    for sender, content in ((sergeant, b"by page"), (dock, b"by dock")):
        recording = recording_of(sender, content, camera="CAM-1", officer=named.collar_number)
        assert recording.officer == named
        assert recording.is_flagged
        assert ISSUED in recording.flag_reason


def test_the_officer_named_who_had_the_camera_raises_no_doubt(sergeant, worn, officer):
    recording = recording_of(sergeant, camera="CAM-1", officer=officer.collar_number)
    assert (recording.officer, recording.flag_reason) == (officer, "")


def test_a_camera_that_nobody_had_then_raises_no_doubt_about_the_officer_named(sergeant, officer):
    factories.camera("CAM-2")
    recording = recording_of(sergeant, camera="CAM-2", officer=officer.collar_number)
    assert (recording.officer, recording.flag_reason) == (officer, "")
