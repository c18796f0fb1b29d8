"""Lets one thing be made in a thread of its own while the one before it is used: decoding beside encoding."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Row = TypeVar("Row")


def ahead(rows: Generator[Row, None, None], *, most: int) -> Generator[Row, None, None]:
    """The same rows in the same order, up to `most` of them made before they are asked for.

    What `rows` raises is raised where its row would have come. Closing this closes `rows` too, and waits for the row
    that is being made.
    """
    over = object()
    with ThreadPoolExecutor(1, "ahead") as pool:
        coming = deque(pool.submit(next, rows, over) for _ in range(most))
        try:
            while (row := coming.popleft().result()) is not over:
                coming.append(pool.submit(next, rows, over))
                yield row  # type: ignore[misc]
        finally:
            pool.shutdown(cancel_futures=True)
            rows.close()
