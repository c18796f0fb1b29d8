"""Minutes and bit rates of viewing DVDs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.disc.errors import ItemTooLarge
from workers.disc.planning import MEDIA, MediumKind
from workers.disc.viewing import (
    AUDIO_KBPS,
    VIDEO_KBPS_BEST,
    VIDEO_KBPS_WORST,
    ViewingItem,
    fits_alone,
    viewing_plan,
)

DVD_5 = MEDIA[MediumKind.DVD_5]


def minutes(*lengths):
    return [ViewingItem(f"AB/{n}", length * 60.0) for n, length in enumerate(lengths, start=1)]


def test_hundred_minutes_fit_on_one_dvd_at_nearly_the_best_rate():
    (disc,) = viewing_plan(minutes(60, 40))
    assert disc.video_kbps > 0.9 * VIDEO_KBPS_BEST


def test_more_than_hundred_minutes_begin_a_second_dvd():
    discs = viewing_plan(minutes(60, 50, 40))
    assert [[item.key for item in disc.items] for disc in discs] == [["AB/1", "AB/3"], ["AB/2"]]


def test_short_titles_get_the_best_rate_and_no_more():
    assert viewing_plan(minutes(3))[0].video_kbps == VIDEO_KBPS_BEST


def test_one_long_title_gets_a_lower_rate_on_a_dvd_of_its_own():
    first, second = viewing_plan(minutes(180, 10))
    assert VIDEO_KBPS_WORST <= first.video_kbps < VIDEO_KBPS_BEST / 1.5
    assert second.video_kbps == VIDEO_KBPS_BEST


def test_title_too_long_for_any_rate_is_refused_in_minutes():
    with pytest.raises(ItemTooLarge, match=r"AB/1 lasts 600 minutes and .* can last 2\d\d"):
        viewing_plan(minutes(600))


def test_dual_layer_disc_takes_more_minutes():
    assert len(viewing_plan(minutes(60, 60, 50), MEDIA[MediumKind.DVD_9])) == 1


def test_no_disc_takes_more_than_99_titles():
    assert [len(disc.items) for disc in viewing_plan(minutes(*[0.1] * 120))] == [99, 21]


def test_titles_are_counted_and_not_what_they_belong_to():
    many = [ViewingItem(f"AB/{n}", 60.0, 40) for n in range(1, 4)]
    assert [[item.key for item in disc.items] for disc in viewing_plan(many)] == [["AB/1", "AB/2"], ["AB/3"]]
    assert not fits_alone(ViewingItem("AB/9", 60.0, 100), DVD_5)
    with pytest.raises(ItemTooLarge, match="AB/9 would make 100 titles and a viewing DVD takes 99"):
        viewing_plan([ViewingItem("AB/9", 60.0, 100)])


@given(st.lists(st.floats(0.01, 200), max_size=30))
def test_planned_rate_never_overfills_the_disc(lengths):
    for disc in viewing_plan(minutes(*lengths)):
        assert disc.duration_s * (disc.video_kbps + AUDIO_KBPS) * 1000 / 8 < DVD_5.usable_bytes
        assert disc.video_kbps >= VIDEO_KBPS_WORST
