"""Ids of events and acts begin with the time, so that they stand next to each other in an index."""

import time
from uuid import RFC_4122

from evidence.custody.ids import id_new


def test_they_are_of_version_7_and_say_the_millisecond():
    before = time.time_ns() // 1_000_000
    found = id_new()
    assert (found.version, found.variant) == (7, RFC_4122)
    assert before <= found.int >> 80 <= time.time_ns() // 1_000_000


def test_they_are_in_the_order_of_their_milliseconds_and_never_the_same(monkeypatch):
    found = []
    for millisecond in range(1_000):
        monkeypatch.setattr("evidence.custody.ids.time.time_ns", lambda at=millisecond: at * 1_000_000)
        found += [id_new(), id_new()]
    assert len(set(found)) == 2_000
    assert [each.int >> 80 for each in sorted(found)] == [each // 2 for each in range(2_000)]
    random = [each.int & (1 << 62) - 1 | (each.int >> 64 & 0xFFF) << 62 for each in found]
    assert all(any(each >> bit & 1 for each in random) for bit in range(74))
