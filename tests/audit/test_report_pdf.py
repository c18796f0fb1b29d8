"""The custody report on paper, read with tools that are not ours."""

import subprocess
from pathlib import Path

import pytest

from evidence.cases.services import case_open, exhibit_produce
from evidence.custody.checkpoints import head_last
from evidence.custody.queries import lines, subject_events
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Recording
from evidence.recordings.services.notes import marker_add
from tests import factories
from tests.audit.test_report import asked, watch
from tests.custody.sealing import record_seal
from tests.factories import Scene, client_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
HOSTILE = '<b>&amp;</para> "R" v \N{RIGHT-TO-LEFT OVERRIDE}Smith\n=1+1 ' + "W" * 60


@pytest.fixture
def scene(transactional_db: None, tmp_path: Path) -> Scene:
    return factories.scene(tmp_path)


def text_of(content: bytes, tmp_path: Path) -> str:
    """As one line of words; headings and cells in the order in which they are drawn."""
    return " ".join(_told(["pdftotext", "-raw", _kept(content, tmp_path), "-"]).split())


def properties_of(content: bytes, tmp_path: Path) -> str:
    return _told(["pdfinfo", _kept(content, tmp_path)])


def _kept(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    return str(path)


def _told(argv: list[str]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_it_says_what_it_is_of_by_whom_and_why_and_how_to_verify_it(scene: Scene, tmp_path: Path) -> None:
    watch(scene.recording, factories.person(Role.PSD, surname="Quiet"))
    marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=1)
    verifier = record_seal().verifier
    marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=2)
    answer = asked(client_for(scene.sergeant), f"recordings/{scene.recording.id}/custody-report", format="pdf")
    text = text_of(answer.content, tmp_path)
    head, told = head_last(), lines(subject_events("recording", scene.recording.id))
    assert head is not None
    for said in (
        "Demonstration Police", f"Recording {scene.recording.id}", f"Made by {scene.sergeant.label}, Supervisor",
        "Reason Complaint or professional standards: Ref 12", f"Entries {head.size}", f"key id {verifier.key_id.hex()}",
        "How to verify this", "Lines 1 to 6 without a gap", "OFFICIAL-SENSITIVE", "Page 1 of 2",
        f"{scene.officer.label} set a marker", "Withheld Sealed", "Recorded",
    ):  # fmt: skip
        assert said in text
    together = text.replace(" ", "")
    assert head.root.hex() in together
    assert scene.file.sha256 in together
    assert "Quiet" not in text
    assert len(told) == 7, "and the making of it"


def test_names_cannot_break_it_and_its_properties_name_nobody(scene: Scene, tmp_path: Path) -> None:
    lead = factories.person(Role.INVESTIGATOR, surname="Hostile<i>Name")
    case = case_open(who=who_is(lead), urn="20AB<b>1", title=HOSTILE, officer_in_case=lead)
    Recording.objects.update(title=HOSTILE)
    exhibit_produce(who=who_is(lead), case=case, recording=scene.recording, producer=scene.officer, description=HOSTILE)
    answer = asked(client_for(lead), f"cases/{case.id}/custody-report", format="pdf", reason_text=HOSTILE)
    text = text_of(answer.content, tmp_path)
    assert 'Case 20AB<B>1 <b>&amp;</para> "R" v Smith =1+1' in text
    assert "Hostile<i>Name opened the case" in text
    assert "Hostile" not in properties_of(answer.content, tmp_path)
    assert "Smith" not in properties_of(answer.content, tmp_path)
    assert "Title: Custody report" in " ".join(properties_of(answer.content, tmp_path).split())
    assert "Smith" not in answer["Content-Disposition"]


def test_a_report_across_items_names_the_item_of_each_line(scene: Scene, tmp_path: Path) -> None:
    watch(scene.recording, scene.sergeant)
    auditor = client_for(factories.person(Role.AUDITOR))
    answer = asked(auditor, "custody-report", format="pdf", person=str(scene.sergeant.id))
    text = text_of(answer.content, tmp_path)
    assert f"Acts of {scene.sergeant.label} ({scene.sergeant.id})" in text
    assert f"Recording{scene.recording.id},line3" in text.replace(" ", "")
    nothing = asked(auditor, "custody-report", format="pdf", item=str(scene.sergeant.id))
    assert "Nothing in the record matches" in text_of(nothing.content, tmp_path)
