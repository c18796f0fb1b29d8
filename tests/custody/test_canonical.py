import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from evidence.custody.canonical import canonical_bytes, time_text
from evidence.custody.errors import BodyInvalid

LIMIT = 2**53
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(max_codepoint=127))
LEAVES = st.none() | st.booleans() | st.integers(-LIMIT + 1, LIMIT - 1) | TEXTS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=30)


def nfc(value):
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [nfc(item) for item in value]
    if isinstance(value, dict):
        return {key: nfc(item) for key, item in value.items()}
    return value


@given(VALUES)
def test_bytes_are_those_of_rfc_8785(value):
    assert canonical_bytes(value) == rfc8785.dumps(nfc(value))


@given(VALUES)
def test_bytes_read_back_to_the_same_value_and_the_same_bytes(value):
    once = canonical_bytes(value)
    assert json.loads(once) == nfc(value)
    assert canonical_bytes(json.loads(once)) == once


def test_the_order_of_keys_does_not_matter():
    assert canonical_bytes({"b": 1, "a": [2]}) == canonical_bytes({"a": (2,), "b": 1}) == b'{"a":[2],"b":1}'


def test_decomposed_and_composed_text_give_the_same_bytes():
    assert canonical_bytes("e\u0301") == canonical_bytes("\u00e9") == '"\u00e9"'.encode()


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), LIMIT, -LIMIT, {"\u00e9": 1}, {1: 2}, b"x", uuid4(), {"a": {1, 2}}, "\ud800", [object()]],
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(BodyInvalid):
        canonical_bytes(value)


def test_times_are_utc_with_microseconds_whatever_zone_they_came_in():
    moment = datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert time_text(moment) == "2026-07-01T11:00:00.000005Z"
    assert time_text(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(BodyInvalid):
        time_text(datetime(2026, 7, 1))  # noqa: DTZ001 - the point of it
