"""The text on a disc's face."""

from datetime import UTC, datetime

import pytest

from workers.disc.label import CopyKind, DiscLabel, label_lines


@pytest.fixture
def label():
    return DiscLabel(
        exhibit_refs=("AB/1", "AB/2"),
        urn="01AB0012324",
        copy_kind=CopyKind.REDACTED,
        number=2,
        of=3,
        recorded_from=datetime(2024, 4, 30, 23, 50, tzinfo=UTC),
        recorded_to=datetime(2024, 5, 1, 0, 10, tzinfo=UTC),
        made_at=datetime(2024, 6, 2, tzinfo=UTC),
        officer_name="A. Baker\n\u202eevil",
        collar_number="1234",
        sha256="0123456789abcdef" * 4,
    )


def test_label_says_all_that_a_court_asks_of_it(label):
    lines = label_lines(label)
    assert lines == (
        "AB/1, AB/2 URN 01AB0012324",
        "REDACTED COPY Disc 2 of 3",
        "Recorded 30 Apr 2024 to 01 May 2024",
        "Made 02 Jun 2024",
        "A. Baker evil 1234",
        "OFFICIAL-SENSITIVE",
        "SHA-256 0123456789abcdef",
    )


def test_recordings_of_one_day_show_one_date(label):
    same_day = DiscLabel(**{**vars(label), "recorded_to": label.recorded_from})
    assert label_lines(same_day)[2] == "Recorded 30 Apr 2024"
