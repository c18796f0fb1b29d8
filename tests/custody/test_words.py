"""The record in plain words: every verb has some, and what leaves the force hides who looked."""

from dataclasses import replace

import pytest

from evidence.custody.erased import Erased
from evidence.custody.models import Event
from evidence.custody.parties import Reason, Recipient
from evidence.custody.queries import Line, lines
from evidence.custody.services import act
from evidence.custody.verbs import Category, Outcome, Verb
from evidence.custody.words import deed_words, leaves_force, line_words, seconds_words
from tests.custody.conftest import JONES, recording

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
COURT = Recipient(kind="disc-recipient", id=JONES.id, name="Crown Court")


def written(verb: Verb, *, reason: Reason | None = None, **facts: object) -> Line:
    with act(actor=JONES, reason=reason or Reason()) as deed:
        uuid = deed.record(verb, recording(), rule="test", **facts)
    return lines(Event.objects.filter(uuid=uuid))[0]


@pytest.mark.parametrize("verb", [verb for verb in Verb if not verb.endswith(":denied")])
def test_every_verb_has_words_of_its_own(verb):
    assert deed_words(written(verb, recipients=(COURT,))) != verb.value


def test_sentence_names_who_what_and_why():
    line = written(Verb.PLAYBACK_CLOSED, reason=Reason(code="review", text="monthly"), data={"watched_ms": 192_000})
    said = line_words(line, {"review": "Supervision or dip sample"})
    assert said == "PC 4312 Jones watched 3 min 12 s: Supervision or dip sample; monthly"


def test_recipients_outcome_and_refusals_are_told():
    burned = written(Verb.DISC_BURNED, recipients=(COURT,), outcome=Outcome.INTENT)
    assert deed_words(burned) == "began: burned a disc for Crown Court"
    assert deed_words(written(Verb.FIXITY_CHECKED, outcome=Outcome.FAILED)).startswith("did not succeed")
    refused = written(Verb.ACCESS_DENIED, outcome=Outcome.DENIED, data={"right": "watch"})
    assert deed_words(refused) == "was refused (watch)"


def test_text_that_looks_like_a_placeholder_stays_as_it_was_written():
    odd = Recipient(kind="disc-recipient", id=JONES.id, name="{recipients} {0} %s")
    assert deed_words(written(Verb.DISC_BURNED, recipients=(odd,))) == "burned a disc for {recipients} {0} %s"


@pytest.mark.parametrize("verb", [verb for verb in Verb if not verb.endswith(":denied")])
def test_consultations_stay_in_the_force_and_all_else_may_leave(verb):
    line = written(verb)
    assert leaves_force(line) is (line.category != Category.CONSULTATION)


def test_refused_attempts_stay_in_the_force():
    assert not leaves_force(written(Verb.ACCESS_DENIED, outcome=Outcome.DENIED))


@pytest.mark.parametrize(
    ("seconds", "words"), [(4.24, "4.2 s"), (59.6, "1 min 00 s"), (192, "3 min 12 s"), (3729, "1 h 02 min 09 s")]
)
def test_seconds_are_written_as_people_say_them(seconds, words):
    assert seconds_words(seconds) == words


def test_what_was_erased_is_told_with_the_authority():
    line = written(Verb.NOTE_ADDED)
    gone = {"actor.name": Erased(line.at, "Court order T20267001")}
    assert line_words(replace(line, texts={}, erased=gone)) == "[erased under Court order T20267001] wrote a note"
