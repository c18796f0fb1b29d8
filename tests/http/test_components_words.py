"""How times, lengths, sizes, people and hashes are written."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.utils import timezone

from evidence.http.templatetags import words


def test_a_time_is_written_in_the_forces_own_zone() -> None:
    with timezone.override("Europe/London"):
        assert words.when(datetime(2026, 11, 22, 19, 4, 31, tzinfo=UTC)) == "22 Nov 2026, 19:04:31"
        assert words.when(datetime(2026, 7, 2, 23, 30, 0, tzinfo=UTC)) == "3 Jul 2026, 00:30:00"


def test_a_time_without_a_zone_is_refused_rather_than_guessed_at() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        words.when(datetime(2026, 11, 22, 19, 4, 31))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (724, "12 min 04 s"),
        (3599.7, "1 h 00 min 00 s"),
        (10929, "3 h 02 min 09 s"),
        (timedelta(minutes=2), "2 min 00 s"),
        (None, ""),
    ],
)
def test_a_length_is_written_in_hours_minutes_and_seconds(seconds: float | timedelta | None, expected: str) -> None:
    assert words.duration(seconds) == expected


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (9_960_000, "10 MB"),
        (1_400_000_000, "1.4 GB"),
        (999_600_000, "1.0 GB"),
        (15 * 10**12, "15 TB"),
        (None, ""),
    ],
)
def test_a_size_is_written_in_decimal_steps(size_bytes: int | None, expected: str) -> None:
    assert words.size(size_bytes) == expected


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "never"), (1, "once"), (2, "twice"), (3, "3 times"), (1200, "1,200 times")]
)
def test_how_often_is_written_as_it_is_said(count: int, expected: str) -> None:
    assert words.times(count) == expected


def test_a_person_is_written_with_rank_collar_number_and_surname() -> None:
    jones = SimpleNamespace(rank="PC", collar_number="4312", surname="Jones")
    assert words.person(jones) == "PC 4312 Jones"
    assert words.person(SimpleNamespace(rank="", collar_number="2210", surname="Khan")) == "2210 Khan"
    assert words.person("Dock 3") == "Dock 3"
    assert words.person(None) == ""


def test_a_time_code_is_cut_and_never_names_a_later_frame() -> None:
    assert words.timecode(Fraction(72480, 1000)) == "00:01:12.480"
    assert words.timecode(Fraction(1001, 30000)) == "00:00:00.033"
    assert words.timecode(Fraction(3599_9999, 10000)) == "00:59:59.999"


def test_a_hash_is_shown_by_its_first_eight_figures() -> None:
    assert words.short_hash("3f1a9c07d2b84e6f") == "3f1a9c07"
    assert words.short_hash(bytes.fromhex("3f1a9c07d2b84e6f")) == "3f1a9c07"
    assert words.short_hash(None) == ""
