"""Proposals to mute: a person says yes or no to each; yes goes into the drawing and from there into the copy."""

import pytest

from evidence.custody.models import Event
from evidence.editing.errors import EditRefused
from evidence.editing.models import Draft, MuteDecision
from evidence.editing.proposals import proposals_of
from evidence.editing.queries import mutes_decided
from evidence.editing.services import mutes_decide, redaction_request
from evidence.recordings import hearing
from evidence.recordings.hearing import words_of
from evidence.recordings.models import FileRole
from tests.editing.material import COUNT, drawn, made
from tests.editing.test_pages import opened
from tests.factories import client_for
from tests.recordings.test_hearing import written

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
WORDS = [
    [300, 600, 95, "my"], [600, 800, 95, "name"], [800, 900, 95, "is"], [1100, 1400, 90, "Jane"],
    [2400, 2600, 90, "look"], [2600, 2800, 90, "Darren"],
]  # fmt: skip


@pytest.fixture
def spoken(master, tmp_path):
    written(master, tmp_path, content={"v": 1, "language": "en", "words": WORDS})
    return master


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
    assert (phrase["rule"], told["part"], "up to 18 words in 100" in told["note"]) == ("phrase", 1, True)
    assert Event.objects.filter(subject_id=spoken.pk, verb="recording:transcript:read").count() == 1
    given = {"phrase": "darren", "accept": [name["key"]], "refuse": [phrase["key"]], "reason": "privacy"}
    answer = client.post(address, given, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"added": 1})
    assert [row["reason"] for row in draft(spoken)["mutes"]] == ["privacy"]
    again = client.get(f"{address}?phrase=darren").json()["proposals"]
    assert [row["answer"] for row in again] == ["accepted", "refused"]


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
