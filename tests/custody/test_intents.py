"""What cannot be rolled back is intent, deed, outcome; and a deed that nobody reported is found and said to be one."""

import time
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from evidence.custody.errors import ActMissing
from evidence.custody.intents import intent_end, intent_kept, intents_sweep
from evidence.custody.models import IntentLease
from evidence.custody.parties import FileRef, Reason, Recipient, Subject
from evidence.custody.queries import Intended, Line, intents_of, lines, subject_events
from evidence.custody.services import act
from evidence.custody.verbs import Outcome, Verb
from evidence.custody.words import deed_words
from tests.custody.conftest import JONES
from tests.custody.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)
COURT = Recipient(kind="disc-recipient", id=UUID(int=9), name="Birmingham Crown Court")


@pytest.fixture
def case() -> Subject:
    return Subject("case", uuid4(), (FileRef(UUID(int=3), "ab" * 32),))


def begun(case: Subject) -> UUID:
    with act(actor=JONES, reason=Reason(text="Trial")) as deed:
        return deed.record(
            Verb.DISC_BURNED, case, rule="case:oic", outcome=Outcome.INTENT, recipients=(COURT,),
            data={"disc": "d1", "is_drive": True},
        )  # fmt: skip


def ended(case: Subject, intent: UUID, outcome: Outcome = Outcome.DONE, code: str = "") -> None:
    with act(actor=JONES) as deed:
        deed.record(
            Verb.DISC_BURNED, case, rule="burn:outcome", outcome=outcome, follows=intent_end(intent),
            data={"disc": "d1", **({"code": code} if code else {})},
        )  # fmt: skip


def fallen_silent(settings) -> None:
    """As if a lease's time had gone by since the last sign of life."""
    settings.JOB_LEASE_S = 0.001
    IntentLease.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def told(case: Subject) -> list[Line]:
    return lines(subject_events("case", case.id))


def burn(case: Subject) -> Intended:
    (found,) = intents_of("case", case.id, Verb.DISC_BURNED)
    return found


def test_a_deed_whose_process_died_is_closed_once_with_all_that_its_intent_said(case, settings):
    intent = begun(case)
    assert intents_sweep() == 0, "its lease has not run out"
    fallen_silent(settings)
    assert (intents_sweep(), intents_sweep()) == (1, 0)
    first, last = told(case)
    assert (last.outcome, last.body["follows"]) == ("failed", str(intent))
    assert last.body["data"] == {"disc": "d1", "is_drive": True, "code": "abandoned"}
    assert last.body["subject"] == first.body["subject"]
    assert last.recipient_names == ["Birmingham Crown Court"]
    assert (last.actor_name, last.body["rule"]) == ("Record sweep", "system:abandoned")
    assert last.category is None, "whether anything was disclosed is not known"
    assert deed_words(last).startswith("found no report of how this ended: ")


def test_a_deed_that_takes_longer_than_a_lease_counts_as_going_on_while_its_process_lives(case, settings):
    settings.JOB_LEASE_S, settings.JOB_HEARTBEAT_S = 0.6, 0.1
    intent = begun(case)
    with intent_kept(intent):
        time.sleep(1.5)
        assert intents_sweep() == 0
        assert burn(case).is_kept
        assert not burn(case).is_unknown
    ended(case, intent)
    time.sleep(0.7)
    assert intents_sweep() == 0
    assert [line.outcome for line in told(case)] == ["intent", "done"]
    assert not IntentLease.objects.exists()


def test_nobody_knows_how_it_ended_as_soon_as_the_lease_is_over_whether_swept_or_not(case, settings):
    begun(case)
    fallen_silent(settings)
    assert burn(case).is_unknown
    intents_sweep()
    assert burn(case).is_unknown


def test_many_sweeps_at_once_close_it_once(case, settings):
    begun(case)
    fallen_silent(settings)
    at_once(lambda _: intents_sweep(), count=8)
    assert [line.outcome for line in told(case)] == ["intent", "failed"]


def test_a_report_that_comes_after_the_sweep_follows_it_and_both_stand(case, settings):
    intent = begun(case)
    fallen_silent(settings)
    intents_sweep()
    ended(case, intent)
    first, swept, done = told(case)
    assert (first.uuid, swept.outcome, done.outcome) == (intent, "failed", "done")
    assert done.body["follows"] == str(swept.uuid)
    assert not burn(case).is_unknown
    assert intents_sweep() == 0


def test_a_failure_that_was_reported_is_not_unknown(case):
    ended(case, begun(case), Outcome.FAILED, "disc-unreadable")
    assert not burn(case).is_unknown


def test_sweep_and_report_at_the_same_moment_leave_one_chain(case, settings):
    intent = begun(case)
    fallen_silent(settings)
    at_once(lambda number: intents_sweep() if number else ended(case, intent), count=6)
    found = told(case)
    assert [line.body["follows"] for line in found[1:]] == [str(line.uuid) for line in found[:-1]]
    assert found[-1].outcome == "done"


def test_an_intent_is_not_ended_without_an_outcome(case):
    intent = begun(case)
    with pytest.raises(ActMissing):
        intent_end(intent)

    def ended_without_outcome() -> None:
        with act(actor=JONES):
            intent_end(intent)
            raise RuntimeError("the outcome could not be written")

    with pytest.raises(RuntimeError):
        ended_without_outcome()
    assert IntentLease.objects.filter(intent=intent).exists()


def test_an_intent_from_before_leases_were_kept_is_found_too(case, settings):
    begun(case)
    IntentLease.objects.all().delete()
    fallen_silent(settings)
    assert intents_sweep() == 1
