"""What is made ahead comes in order, a few rows early, with its errors where they belong, and ends with its user."""

import threading
from collections.abc import Generator
from contextlib import closing

import pytest

from workers.media.ahead import ahead


class Source:
    """Numbers from 0, counted as they are made; fails at `broken`."""

    def __init__(self, total: int, broken: int | None = None) -> None:
        self.total, self.broken = total, broken
        self.made, self.is_closed = 0, False
        self.reached = threading.Condition()

    def rows(self) -> Generator[int, None, None]:
        try:
            for number in range(self.total):
                if number == self.broken:
                    raise ValueError(number)
                with self.reached:
                    self.made += 1
                    self.reached.notify_all()
                yield number
        finally:
            self.is_closed = True

    def waits_for(self, made: int) -> None:
        with self.reached:
            assert self.reached.wait_for(lambda: self.made >= made, timeout=10)


def test_rows_come_in_order_and_as_many_as_are_allowed_are_made_before_they_are_asked_for():
    source = Source(50)
    with closing(ahead(source.rows(), most=3)) as rows:
        assert next(rows) == 0
        source.waits_for(4)
        assert source.made == 4
        assert list(rows) == list(range(1, 50))
    assert source.is_closed


def test_an_error_comes_after_the_rows_before_it():
    rows = ahead(Source(50, broken=5).rows(), most=4)
    assert [next(rows) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="5"):
        next(rows)


def test_whoever_stops_early_closes_the_source():
    source = Source(50)
    rows = ahead(source.rows(), most=3)
    assert next(rows) == 0
    rows.close()
    assert source.is_closed
    assert source.made <= 4
