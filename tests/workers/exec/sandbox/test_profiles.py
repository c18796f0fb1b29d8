"""Limits grow with the work and never shrink below what a small file needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.exec.sandbox import PROBE, render_profile


def test_probe_has_the_small_limits() -> None:
    limits = PROBE.rlimits()
    assert limits["as"] == (2 << 30, 2 << 30)
    assert limits["cpu"] == (20, 22)
    assert limits["nofile"] == (64, 64)
    assert limits["core"] == (0, 0)


@given(
    duration_s=st.floats(0, 36_000),
    more_s=st.floats(0, 36_000),
    width=st.integers(0, 8192),
    height=st.integers(0, 8192),
)
def test_render_limits_grow_with_length_and_never_fall_below_probe(
    duration_s: float, more_s: float, width: int, height: int
) -> None:
    small = render_profile(duration_s=duration_s, width=width, height=height, input_bytes=1000)
    large = render_profile(duration_s=duration_s + more_s, width=width, height=height, input_bytes=1_000_000)
    assert PROBE.cpu_s <= small.cpu_s <= large.cpu_s
    assert PROBE.file_size_bytes <= small.file_size_bytes <= large.file_size_bytes
    assert PROBE.address_space_bytes <= small.address_space_bytes
    assert small.wall_s > small.cpu_s


def test_a_full_encode_of_a_minute_of_1080p_has_ten_times_the_time_it_needs() -> None:
    measured_cpu_s = 150  # x264 veryfast to medium with decoding
    assert render_profile(duration_s=60, width=1920, height=1080, input_bytes=10**8).cpu_s > 10 * measured_cpu_s


@pytest.mark.parametrize("duration_s", [float("nan"), float("inf"), -1.0])
def test_impossible_figures_from_hostile_bytes_are_refused(duration_s: float) -> None:
    with pytest.raises(ValueError, match="impossible media figures"):
        render_profile(duration_s=duration_s, width=1, height=1, input_bytes=1)
