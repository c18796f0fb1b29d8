"""Names on a disc, whatever people type."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.disc.names import disc_label, is_safe_name, safe_name, volume_id, volume_id_check

HOSTILE = [
    "../../etc/passwd",
    "line\nbreak.mp4",
    "right\u202eto-left\u200f.mp4",
    "x" * 300 + ".mp4",
    "CON",
    "nul.txt",
    "com1.tar.gz",
    "",
    ".",
    "..",
    "...hidden",
    "-rf",
    "trailing dot.",
    "a=b,c;d'e\"f`g$(h)",
    "\x00",
    "كاميرا.mp4",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_name_becomes_one_that_every_reader_accepts(text):
    name = safe_name(text)
    assert is_safe_name(name)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", name)
    assert ".." not in name


@given(st.text(max_size=400), st.lists(st.text(max_size=80), max_size=5))
def test_any_text_gives_a_safe_name_that_is_not_taken(text, others):
    taken = [safe_name(other) for other in others]
    name = safe_name(text, taken)
    assert is_safe_name(name)
    assert name.casefold() not in {each.casefold() for each in taken}


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}\.(mp4|pdf|csv)", fullmatch=True))
def test_name_that_is_already_safe_stays_as_it_is(name):
    if is_safe_name(name) and not name.split(".")[0].endswith(("_", "-")):
        assert safe_name(name) == name


def test_names_that_differ_only_in_case_do_not_meet_on_a_windows_machine():
    assert safe_name("Film.MP4", {"film.mp4"}) == "Film_2.MP4"


def test_long_name_keeps_its_suffix_and_its_number():
    first = safe_name("y" * 300 + ".mp4")
    second = safe_name("y" * 300 + ".mp4", {first})
    assert (len(first), len(second)) == (64, 64)
    assert first.endswith("y.mp4")
    assert second.endswith("y_2.mp4")


def test_accents_are_dropped_and_words_are_kept():
    assert safe_name("Café Société 12.mp4") == "Cafe_Societe_12.mp4"


@pytest.mark.parametrize("name", ["a/b", "", ".", "..", "CON", "aux.txt", "a.", "-a", ".a", "a b", "x" * 65, "a\n"])
def test_unsafe_name_is_seen(name):
    assert not is_safe_name(name)


def test_label_names_reference_and_disc():
    assert disc_label("01AB0012324", 2, 3) == "01AB0012324_D2OF3"
    assert disc_label("ab/1", 1, 1) == "AB_1_D1OF1"


@pytest.mark.parametrize(
    ("reference", "number", "of", "expected"),
    [
        ("AB/1", 1, 1, "AB_1_D1OF1"),
        ("01AB0012324", 2, 3, "01AB0012324D2OF3"),
        ("01AB0012324", 12, 13, "01AB0012324_D12"),
        ("A very long reference indeed", 2, 3, "A_VERY_LONG_R_D2"),
        ("", 1, 2, "DISC_D1OF2"),
    ],
)
def test_volume_identifier_fits_the_view_that_windows_shows(reference, number, of, expected):
    assert volume_id(reference, number, of) == expected


@given(st.text(max_size=60), st.integers(1, 400), st.integers(0, 400))
def test_volume_identifiers_are_valid_and_differ_from_disc_to_disc(reference, number, more):
    of = number + more
    identifier = volume_id(reference, number, of)
    volume_id_check(identifier)
    assert len(disc_label(reference, number, of)) <= 32
    assert number == of or volume_id(reference, of, of) != identifier


@pytest.mark.parametrize(("number", "of"), [(0, 3), (4, 3), (1, 0)])
def test_disc_that_does_not_exist_has_no_label(number, of):
    with pytest.raises(ValueError, match="does not exist"):
        disc_label("AB/1", number, of)


@pytest.mark.parametrize("text", ["", "ab", "A B", "A" * 17, "A\n"])
def test_wrong_volume_identifier_is_refused(text):
    with pytest.raises(ValueError, match="volume"):
        volume_id_check(text)
