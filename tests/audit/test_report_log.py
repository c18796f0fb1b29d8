"""The log of processing (DPA 2018, section 62): complete, told in full, safe in spreadsheets, and streamed."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evidence.audit import section62
from evidence.audit.queries import Search
from evidence.audit.section62 import ExportFormat, log_export
from evidence.custody.models import Event
from evidence.custody.parties import Reason
from evidence.custody.queries import lines
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.models import Person, Post
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.services.notes import marker_add
from evidence.recordings.services.playback import playback_open
from evidence.recordings.subjects import subject_of
from evidence.sharing.services.links import LinkTerms, link_create
from tests import factories
from tests.factories import Scene, client_for
from tests.sharing.conftest import in_days

pytestmark = pytest.mark.django_db
SINCE = {"from_at": "2020-01-01T00:00Z"}


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    return factories.scene(tmp_path)


def exported(reader: Person, written_as: str, **wishes: object) -> Any:
    wish = {"reason_code": "request", "reason_text": "ICO 7", "format": written_as, **SINCE, **wishes}
    answer = client_for(reader).post("/api/v1/custody-log", wish, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer


def rows_of(reader: Person, **wishes: object) -> list[dict[str, Any]]:
    answer = exported(reader, "jsonl", **wishes)
    return [json.loads(row) for row in b"".join(answer.streaming_content).splitlines()]


def link_for(scene: Scene, recipient: str) -> None:
    terms = LinkTerms(recipient_name=recipient, reason="Instructions", expires_at=in_days(1))
    link_create(who=who_is(scene.sergeant), recording=scene.recording, terms=terms)


def test_every_line_says_category_when_who_what_item_why_and_to_whom(scene: Scene) -> None:
    playback_open(who=who_is(scene.sergeant), recording=scene.recording, reason_code="review", reason_text="Monthly")
    link_for(scene, "A. Barrister")
    rows = rows_of(factories.person(Role.AUDITOR), item=str(scene.recording.id))
    assert [row["category"] for row in rows] == ["collection", "consultation", "disclosure"]
    opened, given = rows[1], rows[2]
    post = Post.objects.get(person=scene.sergeant)
    assert opened["who"] == {
        "kind": "person", "id": str(scene.sergeant.id), "name": scene.sergeant.label,
        "post": {"id": str(post.id), "name": str(post)},
    }  # fmt: skip
    assert (opened["what"], opened["verb"], opened["outcome"]) == ("opened it", "recording:playback:opened", "done")
    assert opened["reason"] == {"code": "review", "words": "Supervision or dip sample", "text": "Monthly"}
    assert opened["item"] == {"kind": "recording", "id": str(scene.recording.id), "line": 3}
    assert [to["name"] for to in given["recipients"]] == ["A. Barrister"]
    assert given["what"] == "made a link for A. Barrister"


def test_csv_says_the_same_and_no_cell_is_a_formula(scene: Scene) -> None:
    link_for(scene, "=HYPERLINK(1)")
    with act(actor=who_is(scene.sergeant).actor, reason=Reason("other", '@SUM(1)\n"quoted"')) as deed:
        deed.record(Verb.DETAILS_CHANGED, subject_of(scene.recording), rule="test")
    auditor, item = factories.person(Role.AUDITOR), str(scene.recording.id)
    told = rows_of(auditor, item=item)
    answer = exported(auditor, "csv", item=item)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["event"] for row in rows] == [each["event"] for each in told]
    assert rows[0]["category"] == "collection"
    assert rows[1]["recipients"].startswith("'=HYPERLINK(1) (")
    assert rows[2]["reason"].startswith("Another reason")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in rows for cell in row.values())


def test_it_holds_nothing_without_a_category_and_nothing_of_other_days_people_or_items(scene: Scene) -> None:
    marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=1)
    marker_add(who=who_is(scene.sergeant), recording=scene.recording, at_s=2)
    auditor = factories.person(Role.AUDITOR)
    everything = rows_of(auditor)
    assert "recording:preparation:finished" not in {row["verb"] for row in everything}
    assert {row["event"] for row in everything} == {
        str(event.uuid) for event in Event.objects.exclude(category=None).exclude(verb=Verb.RECORD_EXPORTED)
    }
    (mine,) = rows_of(auditor, person=str(scene.officer.id))
    assert mine["verb"] == "recording:marker:added"
    assert rows_of(auditor, until_at="2020-02-01T00:00Z") == []


def test_an_evidence_managers_export_has_nobody_elses_looks_and_its_name_says_so_either_way(scene: Scene) -> None:
    manager = factories.person(Role.EVIDENCE_MANAGER)
    name = exported(manager, "csv")["Content-Disposition"]
    assert "without-consultations-of-others.csv" in name
    playback_open(who=who_is(factories.person(Role.PSD)), recording=scene.recording, reason_code="complaint")
    assert exported(manager, "csv")["Content-Disposition"] == name
    assert "consultation" not in {row["category"] for row in rows_of(manager, item=str(scene.recording.id))}
    auditor = factories.person(Role.AUDITOR)
    assert "without" not in exported(auditor, "csv")["Content-Disposition"]
    assert "consultation" in {row["category"] for row in rows_of(auditor, item=str(scene.recording.id))}


def test_exporting_is_on_the_record_before_the_first_line_leaves(scene: Scene) -> None:
    auditor = factories.person(Role.AUDITOR)
    exported(auditor, "jsonl", item=str(scene.recording.id))
    line = lines(Event.objects.order_by("-position")[:1])[0]
    assert (line.verb, line.category, line.reason_text) == ("record:log:exported", "consultation", "ICO 7")
    said = {"way": "section-62", "format": "jsonl", "lines": 1, "item": str(scene.recording.id)}
    assert said.items() <= line.body["data"].items()


def test_it_is_read_a_batch_at_a_time_and_ends_where_the_record_ended(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(section62, "AT_ONCE", 3)
    for second in range(8):
        marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=second)
    search = Search(actor=scene.officer.id)
    out = log_export(
        who=factories.who(Role.AUDITOR), search=search, written_as=ExportFormat.JSONL, reason=Reason("request")
    )
    marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=9)  # meanwhile
    with CaptureQueriesContext(
        connection,
    ) as first:
        head = next(out.rows)
    assert sum("LIMIT 3" in query["sql"] for query in first) == 1, "more than a batch was read for the first line"
    rows = [json.loads(row) for row in (head, *out.rows)]
    assert [row["item"]["line"] for row in rows] == list(range(3, 11))
