"""Proposals to mute: a person says yes or no to each; yes goes into the drawing and from there into the copy."""

import numpy as np
import pytest

from evidence.custody.models import Event
from evidence.custody.queries import lines
from evidence.editing.errors import EditRefused
from evidence.editing.models import Draft, MuteDecision
from evidence.editing.proposals import proposals_of
from evidence.editing.queries import mute_proposals_of, mutes_decided
from evidence.editing.services import mutes_decide, redaction_request
from evidence.recordings import hearing
from evidence.recordings.hearing import words_of
from evidence.recordings.models import FileRole
from tests.editing.material import COUNT, PART, drawn, fetched, made, recorded_in_parts
from tests.editing.test_pages import opened
from tests.factories import client_for
from tests.recordings.test_hearing import written
from tests.workers.media import render_sources as numbered

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
WORDS = [
    [300, 600, 95, "my"], [600, 800, 95, "name"], [800, 900, 95, "is"], [1100, 1400, 90, "Jane"],
    [2400, 2600, 90, "look"], [2600, 2800, 90, "Darren"],
]  # fmt: skip


@pytest.fixture
def spoken(master, tmp_path):
    written(master, tmp_path, content={"v": 1, "language": "en", "words": WORDS})
    return master


@pytest.fixture
def split(officer, tmp_path):
    """Three parts of 1.2 s; the words of the second go on in the third."""
    recording = recorded_in_parts(officer=officer, parts=(1, 2, 3))
    said = {
        1: [[0, 100, 90, "Darren"]],
        2: [[850, 950, 95, "my"], [950, 1000, 95, "name"], [1000, 1150, 95, "is"]],
        3: [[100, 300, 90, "Jane"]],
    }
    for part, rows in said.items():
        written(recording, tmp_path, content={"v": 1, "language": "en", "words": rows}, part=part)
    return recording


def found_in(recording, part=None, phrase=""):
    return [(row.rule, row.start_ms, row.end_ms) for row in mute_proposals_of(recording, part, phrase)]


def test_words_that_go_on_over_a_joint_are_proposed_on_the_line_of_all_parts(who, split):
    assert found_in(split, phrase="darren") == [("phrase", 0, 1100), ("name", 1500, 3700)]
    assert [found_in(split, part) for part in (1, 2, 3)] == [[], [], []]
    assert found_in(split, 3, "jane") == [("phrase", 0, 1300)], "a part by itself counts its own seconds"


def test_what_is_accepted_across_a_joint_goes_into_the_drawing_on_all_and_is_silent_in_the_copy(who, split, tmp_path):
    assert decide(who, split, {"name:1500:3700": True, "phrase:0:1100": False}, "darren") == 1
    draft = Draft.objects.get(recording=split)
    assert (draft.part, draft.content["mutes"]) == (
        0, [{"start_frame": 37, "end_frame": 3 * PART, "reason": "personal-details"}],
    )  # fmt: skip
    assert mutes_decided(split) == {"name:1500:3700": True, "phrase:0:1100": False}
    assert mutes_decided(split, 1) == {}, "a part's own drawing is another"
    (line,) = lines(Event.objects.filter(subject_id=split.pk, verb="recording:mutes:decided"))
    assert line.body["data"]["parts"] == [1, 2, 3]
    assert len(line.body["subject"]["files"]) == 3
    copy = made(redaction_request(who=who, recording=split, draft=draft.content, reason="Third party"))
    assert [row["source"] for row in copy.recipe["audio"]] == [1, 2]
    sound = np.abs(numbered.sound_in(fetched(copy, tmp_path))).max(axis=0)
    assert sound[round(1.4 * numbered.RATE) : round(3.5 * numbered.RATE)].max() < 0.01
    assert sound[round(0.2 * numbered.RATE) : round(1.2 * numbered.RATE)].max() > 0.3


def test_nothing_is_looked_for_over_a_part_whose_words_are_not_known_and_the_page_names_it(officer, split, monkeypatch):
    monkeypatch.setattr(hearing, "EXTRA", ("json",))
    split.files.filter(role=FileRole.TRANSCRIPT, part=2).delete()
    assert found_in(split, phrase="darren jane") == []
    client = opened(officer, split)
    address = f"/recordings/{split.pk}/edit/redaction/mutes"
    text = client.get(f"{address}?said=jane").content.decode()
    assert "<q>Jane</q>, 00:00:01.500 to 00:00:03.700" in text
    assert "Nothing can be proposed for what is not written down" in text
    assert "Nobody has had the words of part 2 written down." in text
    assert "data-reel=" in text
    answer = client.post(address, {"part": "", "said": "jane", "reason": "privacy", "phrase:1500:3700": "accept"})
    assert answer["Location"] == f"/recordings/{split.pk}/edit/redaction"
    assert Draft.objects.get(recording=split).part == 0
    alone = client.get(f"{address}?part=3&said=jane").content.decode()
    assert "<q>Jane</q>, 00:00:00.000 to 00:00:01.300" in alone
    assert "data-reel=" not in alone


def test_part_that_arrives_late_has_what_follows_it_asked_again_and_its_mutes_stay_on_their_sound(
    who, officer, tmp_path
):
    recording = recorded_in_parts(officer=officer, parts=(1, 3))
    written(recording, tmp_path, content={"v": 1, "language": "en", "words": [[1100, 1200, 90, "Darren"]]}, part=3)
    decide(who, recording, {"phrase:1300:3400": True}, "darren")
    before = Draft.objects.get().content["mutes"]
    assert before == [{"start_frame": 32, "end_frame": 60, "reason": "personal-details"}]
    recorded_in_parts(officer=officer, parts=(2,))
    assert found_in(recording, phrase="darren") == [("phrase", 2500, 4600)]
    assert "phrase:2500:4600" not in mutes_decided(recording)
    assert decide(who, recording, {"phrase:2500:4600": True}, "darren") == 0, "it is muted there already"
    (mute,) = Draft.objects.get().content["mutes"]
    assert (mute["start_frame"], mute["end_frame"]) == (32 + PART, 60 + PART)


def keys(recording, phrase=""):
    return {row.rule: row.key for row in proposals_of(words_of(recording, 1), phrase)}


def decide(who, recording, decisions, phrase="", reason="personal-details"):
    return mutes_decide(who=who, recording=recording, decisions=decisions, phrase=phrase, reason=reason)


def draft(recording):
    return Draft.objects.get(recording=recording).content


def test_accepted_proposal_is_muted_in_the_drawing_and_a_refused_one_is_not(who, spoken):
    found = keys(spoken, "darren")
    assert decide(who, spoken, {found["name"]: True, found["phrase"]: False}, "darren") == 1
    (mute,) = draft(spoken)["mutes"]
    # Jane is said from 1.1 to 1.4 s: a second wider on both sides, at 25 frames a second
    assert mute == {"start_frame": 2, "end_frame": 61, "reason": "personal-details"}
    assert mutes_decided(spoken) == {found["name"]: True, found["phrase"]: False}
    event = Event.objects.get(subject_id=spoken.pk, verb="recording:mutes:decided")
    assert event.actor_id == who.person_id


def test_mind_changed_takes_the_mute_out_again_and_leaves_what_was_drawn(who, spoken):
    Draft.objects.create(
        recording=spoken, person_id=who.person_id,
        content=drawn(mutes=[{"start_frame": 0, "end_frame": 5, "reason": "privacy"}]),
    )  # fmt: skip
    key = keys(spoken)["name"]
    assert [decide(who, spoken, {key: True}), decide(who, spoken, {key: True})] == [1, 0]
    assert len(draft(spoken)["mutes"]) == 2
    decide(who, spoken, {key: False})
    assert [row["end_frame"] for row in draft(spoken)["mutes"]] == [5]
    assert MuteDecision.objects.count() == 1


def test_what_was_accepted_is_silent_in_the_copy(who, spoken):
    decide(who, spoken, {keys(spoken)["name"]: True})
    job = redaction_request(who=who, recording=spoken, draft=draft(spoken), reason="Third party")
    copy = made(job)
    assert copy.statement["samples_hidden"] > 2.3 * copy.statement["sound_rate"]
    assert copy.statement["frames"] == COUNT


@pytest.mark.parametrize(("key", "reason"), [("name:0:1", "privacy"), (None, "no-reason")])
def test_what_is_no_proposal_or_no_reason_is_refused_and_nothing_is_kept(who, spoken, key, reason):
    with pytest.raises(EditRefused):
        decide(who, spoken, {key or keys(spoken)["name"]: True}, reason=reason)
    assert not MuteDecision.objects.exists()
    assert not Draft.objects.exists()


def test_page_asks_for_each_and_takes_the_answers_without_script(officer, spoken):
    client = opened(officer, spoken)
    address = f"/recordings/{spoken.pk}/edit/redaction/mutes"
    text = client.get(f"{address}?said=darren").content.decode()
    assert "<q>Jane</q>" in text
    assert "<q>Darren</q>" in text
    assert "So each stretch is a second longer on both sides than the words." in text
    found = keys(spoken, "darren")
    given = {"part": 1, "said": "darren", "reason": "privacy", found["name"]: "refuse", found["phrase"]: "accept"}
    answer = client.post(address, given)
    assert answer["Location"] == f"/recordings/{spoken.pk}/edit/redaction"
    assert len(draft(spoken)["mutes"]) == 1
    again = client.get(f"{address}?said=darren").content.decode()
    assert again.count("checked") == 2
    assert "Proposals to mute, from the words" in client.get(answer["Location"]).content.decode()


def test_edit_page_tells_in_words_what_the_speech_lane_shows(officer, master, tmp_path):
    written(master, tmp_path, FileRole.VOICE, {"v": 1, "speech": [[500, 1500], [2000, 2500]]})
    text = opened(officer, master).get(f"/recordings/{master.pk}/edit/redaction").content.decode()
    assert 'data-lane="speech"' in text
    assert "2 stretches of speech" in text
    assert 'data-seek-seconds="0.500"' in text


def test_page_without_transcript_says_where_proposals_come_from(officer, master, monkeypatch):
    monkeypatch.setattr(hearing, "EXTRA", ("no_such_package",))
    text = opened(officer, master).get(f"/recordings/{master.pk}/edit/redaction/mutes").content.decode()
    assert "there is no transcript of it yet" in text
    assert "requirements/transcript.txt" in text


def test_a_program_lists_proposals_and_says_yes_and_no_and_each_reading_is_an_event(officer, spoken):
    client, address = client_for(officer), f"/api/v1/recordings/{spoken.pk}/mute-proposals"
    told = client.get(f"{address}?phrase=darren").json()
    name, phrase = told["proposals"]
    assert (name["rule"], name["untrusted_said"], name["start_ms"], name["answer"]) == ("name", "Jane", 100, "")
    assert (phrase["rule"], told["part"], "up to 18 words in 100" in told["note"]) == ("phrase", None, True)
    assert Event.objects.filter(subject_id=spoken.pk, verb="recording:transcript:read").count() == 1
    given = {"phrase": "darren", "accept": [name["key"]], "refuse": [phrase["key"]], "reason": "privacy"}
    answer = client.post(address, given, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"added": 1})
    assert [row["reason"] for row in draft(spoken)["mutes"]] == ["privacy"]
    again = client.get(f"{address}?phrase=darren").json()["proposals"]
    assert [row["answer"] for row in again] == ["accepted", "refused"]


def test_a_program_asks_for_all_parts_at_once_and_each_transcript_read_is_an_event(officer, split):
    client, address = client_for(officer), f"/api/v1/recordings/{split.pk}/mute-proposals"
    told = client.get(f"{address}?phrase=darren").json()["proposals"]
    assert [row["key"] for row in told] == ["phrase:0:1100", "name:1500:3700"]
    read = lines(Event.objects.filter(subject_id=split.pk, verb="recording:transcript:read").order_by("subject_seq"))
    assert [line.body["data"]["part"] for line in read] == [1, 2, 3]
    given = {"accept": ["name:1500:3700"], "reason": "privacy"}
    assert client.post(address, given, content_type="application/json").json() == {"added": 1}
    assert Draft.objects.get(recording=split).part == 0


def test_a_program_is_told_what_is_no_proposal_no_reason_and_no_transcript(officer, spoken):
    client, address = client_for(officer), f"/api/v1/recordings/{spoken.pk}/mute-proposals"

    def refused(**given):
        answer = client.post(address, {"reason": "privacy", **given}, content_type="application/json")
        assert answer["Content-Type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"]

    key = keys(spoken)["name"]
    assert refused(accept=["name:0:1"]) == (422, "edit-refused")
    assert refused(accept=[key], reason="no-reason") == (422, "edit-refused")
    assert refused(accept=[key], refuse=[key]) == (400, "invalid")
    assert not MuteDecision.objects.exists()
    spoken.files.filter(role=FileRole.TRANSCRIPT).delete()
    missing = client.get(address)
    assert (missing.status_code, missing.json()["code"]) == (404, "transcript-missing")
