import pytest

from evidence.vault.s3 import PART_MIN_BYTES, part_size


@pytest.mark.parametrize("size_bytes", [0, 1, PART_MIN_BYTES, 8 * 1024**3, 150 * 1024**3, 5 * 1024**4])
def test_parts_never_number_more_than_9000_and_are_at_least_16_mib(size_bytes):
    part = part_size(size_bytes)
    assert part >= PART_MIN_BYTES
    assert -(-size_bytes // part) <= 9000
