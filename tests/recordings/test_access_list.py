"""A place on the list of a restricted recording: what it gives, to whom, on which copies, and who is told of it."""

from pathlib import Path
from typing import Any

import pytest

from evidence.cases.services import case_open, exhibit_produce
from evidence.custody.queries import lines, subject_events
from evidence.identity.models import AccessGrant, Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.services.access import Place, access_end, access_give
from evidence.recordings.services.notes import restriction_set
from tests import factories
from tests.factories import Scene, client_for

pytestmark = pytest.mark.django_db
ALL = Place(may_edit=True, may_download=True, may_disclose=True)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A restricted recording."""
    made = factories.scene(tmp_path)
    Recording.objects.update(is_restricted=True)
    made.recording.refresh_from_db()
    return made


def put(scene: Scene, person: Person, place: Place, recording: Recording | None = None) -> AccessGrant:
    keeper = factories.who(Role.EVIDENCE_MANAGER)
    return access_give(
        who=keeper, recording=recording or scene.recording, person=person, reason="Officer in the case", place=place
    )


def rights(person: Person, recording: Recording) -> frozenset[str]:
    return RECORDINGS.rights(who_is(person), recording)


SEES = {Right.LIST, Right.WATCH, Right.ANNOTATE}


@pytest.mark.parametrize(
    ("place", "more"),
    [
        (Place(), set()), (Place(may_edit=True), {Right.EDIT}), (Place(may_download=True), {Right.DOWNLOAD}),
        (Place(may_disclose=True), {Right.DISCLOSE}), (ALL, {Right.EDIT, Right.DOWNLOAD, Right.DISCLOSE}),
    ],
)  # fmt: skip
def test_a_place_on_the_list_gives_watching_and_what_was_chosen(scene: Scene, place: Place, more: set[Right]) -> None:
    detective = factories.person(Role.INVESTIGATOR)
    assert rights(detective, scene.recording) == frozenset()
    put(scene, detective, place)
    assert rights(detective, scene.recording) == SEES | more
    assert set(RECORDINGS.rows(who_is(detective), Right.DISCLOSE)) == (
        {scene.recording} if Right.DISCLOSE in more else set()
    )


@pytest.mark.parametrize("role", list(Role))
def test_only_the_list_gives_a_right_to_disclose_what_is_restricted(scene: Scene, role: Role) -> None:
    """Neither a role nor a grant that says so but comes from elsewhere."""
    person = factories.person(role, scene.team)
    factories.granted(scene.recording, person, may_edit=True, may_download=True, may_disclose=True)
    assert not rights(person, scene.recording) & {Right.DISCLOSE, Right.SHARE, Right.DOWNLOAD, Right.WATCH}


def test_who_makes_a_copy_by_the_list_works_on_with_it_until_taken_off(scene: Scene, tmp_path: Path) -> None:
    detective, other = factories.person(Role.INVESTIGATOR), factories.person(Role.INVESTIGATOR)
    place = put(scene, detective, ALL)
    put(scene, other, ALL)
    clip = factories.copy_of(scene.file, b"clip", tmp=tmp_path, made_by=detective)
    again = factories.copy_of(clip.files.get(role="copy"), b"again", tmp=tmp_path, made_by=detective)
    for copy in (clip, again):
        assert copy.is_restricted
        assert rights(detective, copy) == SEES | {Right.EDIT, Right.DOWNLOAD, Right.DISCLOSE}
        assert rights(other, copy) == frozenset(), "the list of the Master names nobody else for a copy"
    access_end(who=factories.who(Role.EVIDENCE_MANAGER), recording=scene.recording, grant_id=place.id)
    for item in (scene.recording, clip, again):
        assert rights(detective, item) == frozenset()


def test_a_place_on_the_list_of_a_copy_opens_neither_its_parent_nor_earlier_copies(
    scene: Scene, tmp_path: Path
) -> None:
    detective = factories.person(Role.INVESTIGATOR)
    factories.copy_of(scene.file, b"earlier", tmp=tmp_path, made_by=detective)
    clip = factories.copy_of(scene.file, b"clip", tmp=tmp_path, made_by=scene.officer)
    put(scene, detective, ALL, clip)
    still = factories.copy_of(clip.files.get(role="copy"), b"still", tmp=tmp_path, made_by=detective)
    assert set(RECORDINGS.rows(who_is(detective), Right.WATCH)) == {clip, still}
    assert set(RECORDINGS.rows(who_is(detective), Right.EDIT)) == {clip}


def test_who_may_disclose_by_the_list_produces_it_as_an_exhibit(scene: Scene) -> None:
    detective = factories.person(Role.INVESTIGATOR)
    case = case_open(who=who_is(detective), urn="20ab0012326", title="R v Smith", officer_in_case=detective)
    put(scene, detective, Place(may_disclose=True))
    exhibit = exhibit_produce(
        who=who_is(detective), case=case, recording=scene.recording, producer=scene.officer, description="Interview"
    )
    assert exhibit.recording_id == scene.recording.id


def test_the_form_offers_the_rights_and_page_api_and_record_tell_them(scene: Scene) -> None:
    manager, base = client_for(factories.person(Role.EVIDENCE_MANAGER)), f"/recordings/{scene.recording.id}/access"
    assert "They may watch it. What else?" in manager.get(base).content.decode()
    form = {"username": scene.colleague.username, "access_reason": "Case", "rights": ["may_edit", "may_disclose"]}
    assert manager.post(f"{base}/add", form).status_code == 302
    assert "Watch, make copies, disclose" in manager.get(base).content.decode()
    (told,) = manager.get(f"/api/v1{base}").json()["grants"]
    assert (told["may_edit"], told["may_download"], told["may_disclose"]) == (True, False, True)
    (given,) = [line for line in _told(scene) if line.verb == "recording:grant:given"]
    assert given.body["data"]["rights"] == ["watch", "edit", "disclose"]


def test_being_put_on_the_list_again_replaces_the_place(scene: Scene) -> None:
    manager, address = client_for(factories.person(Role.EVIDENCE_MANAGER)), f"/recordings/{scene.recording.id}/access"
    for more in ({"may_disclose": True}, {"may_download": True}):
        body = {"person": str(scene.colleague.id), "reason": "Case", **more}
        assert manager.post(f"/api/v1{address}", body, content_type="application/json").status_code == 201
    (told,) = manager.get(f"/api/v1{address}").json()["grants"]
    assert (told["may_download"], told["may_disclose"]) == (True, False)
    assert rights(scene.colleague, scene.recording) == SEES | {Right.DOWNLOAD}
    assert [line.verb.removeprefix("recording:grant:") for line in _told(scene) if "grant" in line.verb] == [
        "given", "revoked", "given",
    ]  # fmt: skip


def test_professional_standards_restrict_keep_the_list_and_lift_it_without_seeing_the_footage(scene: Scene) -> None:
    psd = factories.person(Role.PSD)
    restriction_set(who=who_is(psd), recording=scene.recording, is_restricted=False, reason="To begin with")
    restriction_set(who=who_is(psd), recording=scene.recording, is_restricted=True, reason="Complaint")
    assert rights(psd, scene.recording) == {Right.LIST, Right.RESTRICT}
    client, base = client_for(psd), f"/recordings/{scene.recording.id}/"
    assert client.get(f"{base}access").status_code == 200
    client.post(f"{base}access/add", {"username": scene.colleague.username, "access_reason": "Complaint"})
    assert Right.WATCH in rights(scene.colleague, scene.recording)
    lifted = client.post(f"{base}restriction", {"is_restricted": "0", "reason": "Closed"}, follow=True)
    assert "This recording is no longer restricted." in lifted.content.decode()


MISCONDUCT = "Misconduct enquiry into PC Begum"


@pytest.mark.parametrize("is_restricted", [True, False])
def test_who_is_looked_at_is_not_told_whom_professional_standards_put_on_the_list(
    scene: Scene, *, is_restricted: bool
) -> None:
    psd, ward = factories.person(Role.PSD), factories.person(Role.INVESTIGATOR, rank="DI", surname="Ward")
    access_give(who=who_is(psd), recording=scene.recording, person=ward, reason=MISCONDUCT)
    Recording.objects.update(is_restricted=is_restricted)
    base = f"/recordings/{scene.recording.id}/access"
    officer = client_for(scene.officer)
    before = AccessGrant.objects.all()
    told = [officer.get(path).content.decode() for path in (base, f"{base.removesuffix('access')}share")]
    told.append(str(officer.get(f"/api/v1{base}").json()["grants"]))
    assert not any("Misconduct" in text or "Ward" in text for text in told)
    before.delete()
    assert _bare(officer.get(base)) == _bare_of(told[0]), "how many more have access shows"
    access_give(who=who_is(psd), recording=scene.recording, person=ward, reason=MISCONDUCT)
    for knows in (psd, ward, factories.person(Role.EVIDENCE_MANAGER), factories.person(Role.AUDITOR)):
        assert MISCONDUCT in client_for(knows).get(base).content.decode(), knows


def _bare(answer: Any) -> str:
    return _bare_of(answer.content.decode())


def _bare_of(text: str) -> str:
    """The part of the page that is about this recording, without the token of its forms."""
    return text.partition("Who can see this, and why")[2].partition("</main>")[0]


def test_one_is_told_what_one_gave_and_was_given(scene: Scene) -> None:
    Recording.objects.update(is_restricted=False)
    factories.granted(scene.recording, scene.colleague)
    given = client_for(scene.colleague).get(f"/api/v1/recordings/{scene.recording.id}/access").json()["grants"]
    assert [grant["person"] for grant in given] == [scene.colleague.label]
    AccessGrant.objects.update(granted_by=scene.officer)
    gave = client_for(scene.officer).get(f"/api/v1/recordings/{scene.recording.id}/access").json()["grants"]
    assert [grant["person"] for grant in gave] == [scene.colleague.label]


@pytest.mark.parametrize("is_restricted", [True, False])
def test_the_recording_officer_finds_no_copy_that_somebody_else_made(
    scene: Scene, tmp_path: Path, *, is_restricted: bool
) -> None:
    psd = factories.person(Role.PSD)
    own = factories.copy_of(scene.file, b"own", tmp=tmp_path, made_by=scene.officer)
    theirs = factories.copy_of(scene.file, b"theirs", tmp=tmp_path, made_by=psd)
    Recording.objects.update(is_restricted=is_restricted)
    officer, base = client_for(scene.officer), f"/recordings/{scene.recording.id}"
    assert set(RECORDINGS.rows(who_is(scene.officer), Right.LIST)) == {scene.recording, own}
    for path in (f"{base}/copies", "/recordings/", f"/recordings/?q={psd.surname}"):
        assert str(theirs.id) not in officer.get(path).content.decode(), path
    for path in (f"/api/v1{base}/copies", "/api/v1/recordings"):
        assert str(theirs.id) not in officer.get(path).content.decode(), path
    assert [row["id"] for row in officer.get(f"/api/v1{base}/copies").json()] == [str(own.id)]
    for path in (f"/recordings/{theirs.id}/", f"/api/v1/recordings/{theirs.id}"):
        assert officer.get(path).status_code == 404, path
    assert rights(scene.officer, theirs) == frozenset()
    factories.granted(theirs, scene.officer)
    assert (Right.WATCH in rights(scene.officer, theirs)) is not is_restricted, "it can be shared with them by name"


def _told(scene: Scene) -> list[Any]:
    return lines(subject_events("recording", scene.recording.id))
