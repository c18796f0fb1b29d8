"""Ways into a recording beside its rules and its access list: shares, links, cases. A restriction suspends them all.

Each room that makes such a way registers how to count it in its `AppConfig.ready`; what they are called is in
`custody.words`. A newcomer's trap: nothing here closes anything. `policy.beyond_list` does, whether counted or not.
"""

from collections import Counter
from collections.abc import Callable, Collection
from uuid import UUID

Count = Callable[[Collection[UUID]], int]
"""How many there are on recordings with these ids that were not ended and have not run out, suspended or not."""

_ways: dict[str, Count] = {}


def way_register(key: str, count: Count) -> None:
    """Add a way in; `key` goes into the custody record. The same key again replaces it."""
    _ways[key] = count


def ways_keys() -> list[str]:
    """The keys of all ways that rooms registered."""
    return list(_ways)


def ways_into(recordings: Collection[UUID]) -> Counter[str]:
    """How many of each way stand open, or would if the recordings were not restricted; those with none are left out."""
    return +Counter({key: count(recordings) for key, count in _ways.items()})
