"""What lies between the parts of a recording is told as the camera's clock knows it, and never as more."""

from datetime import UTC, datetime, timedelta

import pytest

from evidence.identity.who import who_is
from evidence.recordings.joints import Kind, begins_of, joints_of
from evidence.recordings.models import FileRole
from evidence.recordings.queries import parts_of
from evidence.recordings.services.notes import marker_add
from tests import factories
from tests.editing.material import PART, recorded_in_parts

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BEGAN = datetime(2026, 11, 22, 19, 4, 31, tzinfo=UTC)
LENGTH_S = PART / 25


def told(recording, *seconds):
    for part, at in enumerate(seconds, start=1):
        begins = None if at is None else BEGAN + timedelta(seconds=at)
        recording.files.filter(role=FileRole.MASTER, part=part).update(recorded_at=begins)
    return [(joint.kind, joint.said) for joint in joints_of(recording, parts_of(recording))]


@pytest.mark.parametrize(
    ("seconds", "kind", "said"),
    [
        ((0, 1), Kind.FOLLOWS, "no gap that the camera's clock could tell"),
        ((0, 124.2), Kind.GAP, "Between part 1 and part 2: 2 min 03 s missing by the camera's clock."),
        ((40, 11.2), Kind.OVERLAP, "Part 2 begins 30 s before part 1 ends"),
        ((0, None), Kind.UNKNOWN, "it is not known whether anything is missing"),
        ((0, 0), Kind.UNKNOWN, "it is not known whether anything is missing"),
    ],
)
def test_the_clock_tells_gaps_and_overlaps_and_is_silent_where_it_knows_nothing(seconds, kind, said):
    ((found, words),) = told(recorded_in_parts(), *seconds)
    assert found == kind
    assert said in words


def test_a_part_that_has_not_arrived_is_a_gap_however_the_clock_stands():
    recording = recorded_in_parts(parts=(1, 3))
    ((kind, said),) = told(recording)
    assert (kind, said) == (Kind.GAP, "Between part 1 and part 3: Part 2 has not arrived.")
    recording.files.filter(part=1).update(recorded_at=BEGAN)
    recording.files.filter(part=3).update(recorded_at=BEGAN + timedelta(seconds=301.2))
    ((kind, said),) = [(joint.kind, joint.said) for joint in joints_of(recording, parts_of(recording))]
    assert said == "Between part 1 and part 3: 5 min 00 s missing by the camera's clock. Part 2 has not arrived."


def test_parts_follow_one_another_by_their_pictures_exactly_and_know_when_they_were_recorded():
    recording = recorded_in_parts()
    recording.recorded_at = BEGAN
    told(recording, 0, 301.2)
    assert [part.offset_s for part in parts_of(recording)] == [0.0, LENGTH_S]
    assert begins_of(recording, parts_of(recording)) == [
        (0.0, BEGAN), (LENGTH_S, BEGAN + timedelta(seconds=301.2)),
    ]  # fmt: skip
    told(recording, 0, 1)
    first, second = begins_of(recording, parts_of(recording))
    assert (second[1] - first[1]).total_seconds() == pytest.approx(LENGTH_S, abs=0.1)


def test_markers_stay_on_their_pictures_when_an_earlier_part_arrives_late():
    officer = factories.person()
    recording = recorded_in_parts(officer=officer, parts=(1, 3))
    who = who_is(officer)
    early, late = (marker_add(who=who, recording=recording, at_s=at_s) for at_s in (0.4, LENGTH_S + 0.4))
    assert (early.part, late.part) == (1, 3)
    recorded_in_parts(officer=officer, parts=(2,))
    early.refresh_from_db()
    late.refresh_from_db()
    assert early.at_s == 0.4
    assert late.at_s == pytest.approx(2 * LENGTH_S + 0.4)
