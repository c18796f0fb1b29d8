"""The frame format by itself: what it finds, and which bytes a range touches."""

import os
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from evidence.vault.encryption.frames import FRAME_BYTES, HEADER_BYTES, TAG_BYTES, FrameCipher, sealed_size
from evidence.vault.errors import ObjectDamaged

SEALED = FRAME_BYTES + TAG_BYTES
SIZES = [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES - 1, 3 * FRAME_BYTES, 3 * FRAME_BYTES + 7]
PLAIN = os.urandom(max(SIZES))
KEY, OBJECT = os.urandom(32), uuid4()


def cipher(key=KEY, object_id=OBJECT) -> FrameCipher:
    return FrameCipher(key=key, object_id=object_id)


def pieces(content: bytes, size=100_000):
    yield from (content[place : place + size] for place in range(0, len(content), size))


def sealed(content: bytes, with_cipher=None, size=100_000) -> bytes:
    return b"".join((with_cipher or cipher()).seal(pieces(content, size)))


def opened(lies: bytes, size: int, start=0, end=None, *, with_cipher=None, asked=None) -> bytes:
    def ask(begin: int, stop: int):
        if asked is not None:
            asked.append((begin, stop))
        return pieces(lies[begin:stop], 65_000)

    return b"".join((with_cipher or cipher()).read(ask, size_bytes=size, start=start, end=size if end is None else end))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_whole_and_has_the_length_that_was_foretold(size):
    lies = sealed(PLAIN[:size])
    assert len(lies) == sealed_size(size)
    assert opened(lies, size) == PLAIN[:size]
    assert PLAIN[:16] not in lies or not size


def test_how_it_arrives_in_pieces_does_not_matter():
    assert sealed(PLAIN, size=7_919) == sealed(PLAIN, size=10**9)


def test_format_is_the_one_that_is_written_down():
    """A sealed object that was kept aside: a later program must still open it."""
    key, object_id = bytes(range(32)), UUID("0b9bd1b0-8c5e-4a54-a3a2-111111111111")
    lies = sealed(b"evidence", cipher(key, object_id))
    header = "4354595641554c5401000000000400000b9bd1b08c5e4a54a3a2111111111111"
    assert lies.hex() == header + "70a0d698219a537b4cf70e7a4c130b5daecc6181658f52db"
    assert lies[32:] == AESGCM(key).encrypt(bytes(11) + b"\x01", b"evidence", bytes.fromhex(header))
    assert opened(lies, 8, with_cipher=cipher(key, object_id)) == b"evidence"


_borders = st.sampled_from([0, 1, 2, 3]).flatmap(
    lambda frame: st.integers(-2, 2).map(lambda by: min(max(0, frame * FRAME_BYTES + by), len(PLAIN)))
)
_places = st.one_of(_borders, st.integers(0, len(PLAIN)))
LIES = sealed(PLAIN)


@given(one=_places, other=_places)
def test_any_range_reads_as_that_range(one, other):
    start, end = sorted((one, other))
    assert opened(LIES, len(PLAIN), start, end) == PLAIN[start:end]


@given(one=_places, other=_places)
def test_a_range_touches_only_the_frames_that_it_lies_in(one, other):
    start, end = sorted((one, other))
    asked: list[tuple[int, int]] = []
    opened(LIES, len(PLAIN), start, end, asked=asked)
    touched = len(range(start // FRAME_BYTES, -(-end // FRAME_BYTES))) if end > start else 0
    assert sum(stop - begin for begin, stop in asked) <= HEADER_BYTES + touched * SEALED


@given(place=st.one_of(st.integers(0, 80), st.integers(0, len(LIES) - 1)), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(place, bit):
    harmed = bytearray(LIES)
    harmed[place] ^= 1 << bit
    with pytest.raises(ObjectDamaged):
        opened(bytes(harmed), len(PLAIN))


@pytest.mark.parametrize("place", range(HEADER_BYTES + TAG_BYTES))
def test_any_flipped_byte_of_an_empty_object_is_found(place):
    harmed = bytearray(sealed(b""))
    harmed[place] ^= 0xFF
    with pytest.raises(ObjectDamaged):
        opened(bytes(harmed), 0)


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_what_was_cut_off_is_found_at_a_frames_border_too(kept, more):
    with pytest.raises(ObjectDamaged):
        opened(LIES[: HEADER_BYTES + kept * SEALED + more], len(PLAIN))


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_what_was_cut_off_is_found_even_by_who_believes_the_shorter_length(kept):
    with pytest.raises(ObjectDamaged):
        opened(LIES[: HEADER_BYTES + kept * SEALED], kept * FRAME_BYTES)


def test_a_frame_put_at_the_end_is_found_by_who_believes_the_greater_length():
    whole = sealed(PLAIN[: 2 * FRAME_BYTES])
    with pytest.raises(ObjectDamaged):
        opened(whole + whole[HEADER_BYTES : HEADER_BYTES + SEALED], 3 * FRAME_BYTES)


def frames(lies: bytes) -> list[bytes]:
    return [lies[place : place + SEALED] for place in range(HEADER_BYTES, len(lies), SEALED)]


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (0, 0, 2), (0, 1, 1)])
def test_frames_that_change_places_or_are_repeated_are_found(order):
    lies = sealed(PLAIN[: 3 * FRAME_BYTES])
    with pytest.raises(ObjectDamaged):
        opened(lies[:HEADER_BYTES] + b"".join(frames(lies)[place] for place in order), 3 * FRAME_BYTES)


def test_a_frame_of_another_object_is_found_even_under_the_same_key():
    ours, theirs = sealed(PLAIN), sealed(PLAIN[::-1], cipher(object_id=uuid4()))
    mixed = [*frames(ours)[:1], frames(theirs)[1], *frames(ours)[2:]]
    with pytest.raises(ObjectDamaged):
        opened(ours[:HEADER_BYTES] + b"".join(mixed), len(PLAIN))
    with pytest.raises(ObjectDamaged):
        opened(theirs, len(PLAIN))


def test_another_key_opens_nothing():
    with pytest.raises(ObjectDamaged):
        opened(LIES, len(PLAIN), with_cipher=cipher(os.urandom(32)))


def test_no_two_frames_are_sealed_alike():
    assert len(set(frames(sealed(bytes(3 * FRAME_BYTES))))) == 3


def test_whoever_stops_reading_lets_go_of_what_gives_the_bytes():
    closed = []

    def ask(begin, stop):
        try:
            yield from pieces(LIES[begin:stop])
        finally:
            closed.append(begin)

    cipher().read(ask, size_bytes=len(PLAIN), start=0, end=len(PLAIN)).close()
    assert closed == [0]
