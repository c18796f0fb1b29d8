"""When each picture is shown: its place in the order shown, from the picture order counts (ITU-T H.264, 8.2.1.1).

Places, not times: how long a picture lasts stands nowhere in the bytes.
"""

from array import array

from workers.media.salvage.walk import Pictures

MOST_DOUBLE = 0.05
"""Of a group: so many pictures may claim the place of another, as damage makes them do. More is no order at all."""


class Unordered(ValueError):
    """The order cannot be told from the bytes alone."""


def places_of(pictures: Pictures, first: int, poc_bits: int) -> "array[int]":
    """For each picture from `first` on, in the order stored, its place in the order shown, from 0.

    `poc_bits`: of the counts' low bits, 0 where pictures are stored as they are shown. Groups that begin with a refresh
    follow one another. Raises Unordered.
    """
    count = len(pictures) - first
    if not poc_bits:
        return array("q", range(count))
    places = array("q", bytes(8 * count))
    at = first
    while at < len(pictures):
        end = pictures.is_refresh.find(1, at + 1)
        end = end if end > 0 else len(pictures)
        counts = _counts(pictures, at, end, poc_bits)
        if len(counts) - len(set(counts)) > len(counts) * MOST_DOUBLE:
            raise Unordered
        for place, number in enumerate(sorted(range(len(counts)), key=counts.__getitem__)):
            places[at - first + number] = at - first + place
        at = end
    return places


def _counts(pictures: Pictures, first: int, end: int, bits: int) -> list[int]:
    """The whole counts of a group: the high bits rise or fall where the low ones leap by half their range or more."""
    span = 1 << bits
    high = before = 0
    found = []
    for number in range(first, end):
        low = pictures.order[number]
        if low < 0:
            raise Unordered
        own = high
        if low < before and before - low >= span // 2:
            own += span
        elif low > before and low - before > span // 2:
            own -= span
        found.append(own + low)
        if pictures.is_reference[number]:
            high, before = own, low
    return found


def delay_of(places: "array[int]") -> int:
    """By how many pictures decoding has to run ahead of showing."""
    return max((number - place for number, place in enumerate(places)), default=0)
