"""What the sound says is a proposal; what a person decides holds; every step is on both records, none is silent."""

from datetime import timedelta

import pytest

from evidence.alignment.errors import AlignmentDecided, NotAPair
from evidence.alignment.models import Alignment, State
from evidence.alignment.queries import clock_ms, others_of, standing_of
from evidence.alignment.services import alignment_ask, alignment_decide, alignment_set
from evidence.identity.errors import Denied, ReasonMissing
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Recording
from tests import factories
from tests.alignment.conftest import LATER_FRAMES
from tests.editing.material import record_of
from tests.factories import client_for
from tests.jobs.running import jobs_run

pytestmark = pytest.mark.django_db(transaction=True)
TRUE_MS = LATER_FRAMES * 40


def told(recording, verb):
    return [line.body["data"] for line in record_of(recording) if line.verb == f"recording:alignment:{verb}"]


def test_the_sound_is_proposed_with_its_confidence_and_holds_only_once_it_is_accepted(officer, pair):
    one, other = pair
    who = who_is(officer)
    before = standing_of(one, other)
    assert (before.offset_ms, before.source) == (5000, "clock")
    job = alignment_ask(who=who, one=one, other=other)
    assert alignment_ask(who=who, one=other, other=one).pk == job.pk
    jobs_run()
    heard = standing_of(one, other)
    assert (heard.offset_ms, heard.source) == (5000, "clock")
    assert heard.proposal_ms == pytest.approx(TRUE_MS, abs=8)
    assert heard.proposal.confidence_pct >= 50
    assert "stretches of what both microphones heard agree" in heard.proposal.said
    alignment_decide(who=who, alignment=heard.proposal, is_accepted=True)
    held, back = standing_of(one, other), standing_of(other, one)
    assert (held.offset_ms, held.source) == (heard.proposal_ms, "sound")
    assert back.offset_ms == -held.offset_ms
    with pytest.raises(AlignmentDecided):
        alignment_decide(who=who, alignment=heard.proposal, is_accepted=False)
    for recording, sign in ((one, 1), (other, -1)):
        assert len(told(recording, "requested")) == 2
        (found,), (decided,) = told(recording, "found"), told(recording, "decided")
        assert found["offset_ms"] == decided["offset_ms"] == sign * held.offset_ms
        assert decided["answer"] == "accepted"


@pytest.mark.once
def test_a_refused_proposal_moves_nothing_and_an_offset_by_hand_holds_from_then_on(officer, pair):
    one, other = pair
    who = who_is(officer)
    alignment_ask(who=who, one=one, other=other)
    jobs_run()
    alignment_decide(who=who, alignment=standing_of(one, other).proposal, is_accepted=False)
    assert standing_of(one, other).source == "clock"
    with pytest.raises(ReasonMissing):
        alignment_set(who=who, one=one, other=other, offset_ms=4500, reason=" ")
    alignment_set(who=who, one=other, other=one, offset_ms=-4500, reason="The door closes in both")
    held = standing_of(one, other)
    assert (held.offset_ms, held.source, held.confidence_pct) == (4500, "hand", None)
    assert "The door closes in both" in held.said
    assert told(one, "decided")[-1] == {
        "alignment": str(Alignment.objects.latest("made_at").pk), "answer": "set", "offset_ms": 4500,
    }  # fmt: skip


@pytest.mark.once
def test_nothing_in_common_near_the_clocks_word_is_said_and_a_wider_search_finds_it(officer, pair):
    one, other = pair
    who = who_is(officer)
    Recording.objects.filter(pk=other.pk).update(recorded_at=one.recorded_at + timedelta(hours=1))
    other.refresh_from_db()
    alignment_ask(who=who, one=one, other=other)
    jobs_run()
    standing = standing_of(one, other)
    assert standing.newest.state == State.NOT_FOUND
    assert "Nothing that both microphones heard was found" in standing.newest.said
    assert (standing.offset_ms, standing.source) == (3_600_000, "clock")
    alignment_ask(who=who, one=one, other=other, everywhere=True)
    jobs_run()
    assert standing_of(one, other).proposal_ms == pytest.approx(TRUE_MS, abs=8)


@pytest.mark.once
def test_clocks_known_to_be_off_are_put_right_and_unknown_times_give_no_offset(pair):
    one, other = pair
    camera = factories.camera()
    camera.clock_fast_s = 12
    camera.save()
    Recording.objects.filter(pk=other.pk).update(camera=camera)
    other = Recording.objects.get(pk=other.pk)
    assert clock_ms(one, other) == 5000 - 12_000
    other.recorded_at_source = "received"
    assert clock_ms(one, other) is None
    assert standing_of(one, other).source == ""


@pytest.mark.once
def test_who_may_watch_only_one_of_them_is_offered_told_and_given_nothing(officer, pair):
    one, other = pair
    colleague = who_is(factories.person(Role.OFFICER, factories.unit("Team B")))
    assert others_of(who_is(officer), one) == [other]
    factories.granted(one, factories.person())
    assert others_of(colleague, one) == []
    with pytest.raises(Denied):
        alignment_ask(who=colleague, one=one, other=other)
    with pytest.raises(Denied):
        alignment_set(who=colleague, one=one, other=other, offset_ms=1, reason="Guess")
    with pytest.raises(NotAPair):
        alignment_ask(who=who_is(officer), one=one, other=one)
    assert not Alignment.objects.exists()


@pytest.mark.once
def test_the_pages_ask_one_reason_for_all_and_open_each_with_its_own_event(officer, pair):
    one, other = pair
    client = client_for(officer)
    choose = client.get(f"/recordings/{one.pk}/beside").content.decode()
    assert f'value="{other.pk}"' in choose
    address = f"/recordings/{one.pk}/beside?with={other.pk}"
    assert "Say why you are opening them" in client.get(address).content.decode()
    client.post(f"/recordings/{one.pk}/beside/open", {"with": str(other.pk), "reason_code": "investigation"})
    page = client.get(address).content.decode()
    assert page.count("data-pane") == 2
    assert "5.000 s after the first" in page
    assert "Nobody has checked it" in page
    for each in pair:
        assert [line.verb for line in record_of(each)].count("recording:playback:opened") == 1
    wrong = client.post(
        f"/recordings/{one.pk}/beside/{other.pk}/set",
        {"with": str(other.pk), f"{other.pk}-offset_s": "soon", f"{other.pk}-reason": ""},
    )
    assert wrong.status_code == 422
    assert "Enter a number" in wrong.content.decode()
    many = "&".join(f"with={other.pk}" for _ in range(2))
    assert client.get(f"/recordings/{one.pk}/beside?{many}").status_code == 422
