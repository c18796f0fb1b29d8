"""Which item goes on which disc, and the bound of an image's size."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.disc.errors import ItemTooLarge
from workers.disc.image import data_image_size
from workers.disc.planning import MEDIA, Item, MediumKind, disc_plan, fits_alone, image_size_estimate, media_fitting

START = datetime(2024, 5, 1, tzinfo=UTC)
DVD_5 = MEDIA[MediumKind.DVD_5]
GB = 10**9


def items_of(*sizes_bytes):
    return [Item(f"AB/{n}", size, START + timedelta(hours=n)) for n, size in enumerate(sizes_bytes, start=1)]


def test_media_hold_what_their_smallest_variant_holds():
    capacities = {kind.value: medium.capacity_bytes for kind, medium in MEDIA.items()}
    assert capacities == {"dvd-5": 4_700_372_992, "dvd-9": 8_543_666_176, "bd-25": 24_220_008_448}


def test_one_per_cent_of_a_disc_stays_empty():
    assert 0.989 * DVD_5.capacity_bytes < DVD_5.usable_bytes <= 0.99 * DVD_5.capacity_bytes


def test_items_go_on_discs_in_order_of_recording_whatever_order_they_come_in():
    plans = disc_plan(reversed(items_of(2 * GB, 2 * GB, 2 * GB)), DVD_5, 10**6)
    assert [[item.key for item in plan.items] for plan in plans] == [["AB/1", "AB/2"], ["AB/3"]]
    assert [(plan.number, plan.of) for plan in plans] == [(1, 2), (2, 2)]


def test_small_item_fills_the_room_left_on_an_earlier_disc():
    plans = disc_plan(items_of(3 * GB, 4 * GB, GB), DVD_5, 10**6)
    assert [[item.key for item in plan.items] for plan in plans] == [["AB/1", "AB/3"], ["AB/2"]]


def test_item_larger_than_the_medium_is_refused_and_names_the_media_that_hold_it():
    with pytest.raises(ItemTooLarge) as caught:
        disc_plan(items_of(6 * GB), DVD_5, 0)
    assert "AB/1" in caught.value.message
    assert "Dual-layer DVD" in caught.value.message
    assert caught.value.data["fits_on"] == ["dvd-9", "bd-25"]


def test_item_larger_than_every_medium_is_told_to_go_another_way():
    with pytest.raises(ItemTooLarge, match="fits on no disc: send it by link"):
        disc_plan(items_of(30 * GB), MEDIA[MediumKind.BD_25], 0)


def test_overhead_counts_on_every_disc():
    assert len(disc_plan(items_of(2 * GB, 2 * GB), DVD_5, 10**6)) == 1
    assert len(disc_plan(items_of(2 * GB, 2 * GB), DVD_5, GB)) == 2


def test_item_that_fits_alone_is_known_before_planning():
    small, large = items_of(GB, 6 * GB)
    assert fits_alone(small, DVD_5, 10**6)
    assert not fits_alone(large, DVD_5, 10**6)
    assert not fits_alone(small, DVD_5, 4 * GB)


def test_parts_of_one_recording_keep_their_order():
    parts = [Item(f"AB/1 part {n}", GB, START, part=n) for n in range(1, 12)]
    placed = [item.key for plan in disc_plan(reversed(parts), MEDIA[MediumKind.BD_25], 0) for item in plan.items]
    assert placed == [f"AB/1 part {n}" for n in range(1, 12)]


def test_item_given_twice_is_refused():
    twice = items_of(GB) * 2
    with pytest.raises(ValueError, match="twice"):
        disc_plan(twice, DVD_5, 0)


@given(st.lists(st.integers(0, 4_600_000_000), max_size=40), st.integers(0, 10**7))
def test_every_item_stands_on_exactly_one_disc_and_every_disc_fits(sizes, overhead_bytes):
    given_items = items_of(*sizes)
    plans = disc_plan(given_items, DVD_5, overhead_bytes)
    placed = [item.key for plan in plans for item in plan.items]
    assert sorted(placed) == sorted(item.key for item in given_items)
    for plan in plans:
        assert plan.free_bytes >= 0
        assert [item.recorded_at for item in plan.items] == sorted(item.recorded_at for item in plan.items)


def test_estimate_is_a_close_upper_bound_of_the_true_size(tmp_path, made_at):
    root = tmp_path / "tree"
    sizes = [0, 1, 2047, 2048, 2049, 100_000] * 40
    for number, size in enumerate(sizes):
        path = root / f"d{number % 7}" / "e" / f"a_rather_long_name_of_a_file_{number:05}_redacted_v2.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    exact_bytes = data_image_size(root, volume_id="AB_1", made_at=made_at)
    estimate_bytes = image_size_estimate(sizes, directory_count=14)
    assert exact_bytes <= estimate_bytes <= exact_bytes + 3 * 1024 * 1024


def test_media_that_fit_come_smallest_first():
    assert [medium.kind.value for medium in media_fitting(5 * GB)] == ["dvd-9", "bd-25"]


def test_planning_pulls_in_no_process_and_no_django():
    code = (
        "import sys, workers.disc.planning, workers.disc.viewing, workers.disc.label;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'subprocess', 'PIL', 'pycdlib'}"
        " | {name for name in sys.modules if name.startswith('workers.exec')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
