"""Rules on words: what is proposed to be muted, and what is left alone. No model takes part."""

import pytest

from evidence.editing.proposals import WIDEN_MS, proposals_of
from evidence.recordings.hearing import Word, hits_of, lines_of, places_of

pytestmark = pytest.mark.once
EACH_MS = 400


def heard(text: str) -> list[Word]:
    """A word every 400 ms; ' // ' is a pause of two seconds."""
    words, at = [], 5_000
    for word in text.split():
        if word == "//":
            at += 2_000
            continue
        words.append(Word(at, at + EACH_MS - 100, 90, word))
        at += EACH_MS
    return words


def found(text: str, phrase: str = "") -> list[tuple[str, str]]:
    return [(row.rule, row.said) for row in proposals_of(heard(text), phrase)]


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("ring me on 07700 900123 tonight", "phone", "07700 900123"),
        ("it's oh seven seven double oh nine one two three okay", "phone",
         "oh seven seven double oh nine one two three"),
        ("my number is 0161-496-0018, mate", "phone", "0161-496-0018"),
        ("I was born on the 3rd of March 1984 in Leeds", "birth", "3rd of March 1984"),
        ("date of birth twenty first of July nineteen eighty two please", "birth",
         "twenty first of July nineteen eighty two"),
        ("born 14/02/1990 here", "birth", "14/02/1990"),
        ("she lives at 12 Acacia Avenue in town", "address", "12 Acacia Avenue"),
        ("number forty two Old Mill Lane then", "address", "forty two Old Mill Lane"),
        ("flat 3 upstairs", "address", "flat 3"),
        ("the postcode is SW1A 1AA I think", "address", "SW1A 1AA"),
        ("a blue Ford AB12 CDE went past", "mark", "AB12 CDE"),
        ("index alpha bravo one two charlie delta echo over", "mark", "alpha bravo one two charlie delta echo"),
        ("my name is Jane Smith and I live here", "name", "Jane Smith"),
        ("I'm called Darren // what happened", "name", "Darren"),
    ],
)  # fmt: skip
def test_rule_finds_what_it_is_for(text, rule, said):
    assert (rule, said) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "there were two or three of them at about four o'clock",
        "I may go in March if they march with us",
        "go down the road and take the second street on the left",
        "it happened in 2024 and again this May",
        "he said he is fine and that is the end of it",
        "put it in the car and on the bus so we can go",
        "your name is not on my list",
    ],
)
def test_ordinary_talk_gives_no_proposal(text):
    assert found(text) == []


def test_range_is_widened_by_a_second_on_both_sides_and_never_before_the_start():
    words = heard("my name is Jane")
    (row,) = proposals_of(words)
    assert (row.start_ms, row.end_ms) == (words[3].start_ms - WIDEN_MS, words[3].end_ms + WIDEN_MS)
    early = [Word(word.start_ms - 5_000, word.end_ms - 5_000, 90, word.text) for word in heard("Jane")]
    assert proposals_of(early, "jane")[0].start_ms == 0


def test_chosen_words_are_proposed_everywhere_whatever_their_case_and_marks():
    assert [row.said for row in proposals_of(heard("Darren, come here. No, DARREN! darren's dog"), "darren")] == [
        "Darren", "DARREN",
    ]  # fmt: skip
    assert found("the old oak tree and the old oak", "old oak") == [("phrase", "old oak"), ("phrase", "old oak")]


def test_registration_mark_is_no_postcode_and_a_postcode_no_mark():
    assert found("alpha bravo one two charlie delta echo") == [("mark", "alpha bravo one two charlie delta echo")]
    assert found("at SW1A 1AA then") == [("address", "SW1A 1AA")]


def test_one_place_is_proposed_once_by_a_rule():
    rows = proposals_of(heard("my name is my name is Jane"))
    assert [(row.rule, row.said) for row in rows] == [("name", "Jane")]


def test_search_gives_the_place_and_the_words_around_it():
    (hit,) = hits_of(heard("put the knife down now please"), "knife")
    assert (hit.before, hit.said, hit.after) == ("put the", "knife", "down now please")
    assert places_of(heard("aa aa aa"), "aa aa") == [(0, 2)]
    assert hits_of(heard("nothing here"), "  ") == []


def test_lines_break_at_pauses():
    assert [[word.text for word in line] for line in lines_of(heard("one two // three"))] == [["one", "two"], ["three"]]
