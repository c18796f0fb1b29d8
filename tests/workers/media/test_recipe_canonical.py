import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from workers.media.canonical import MAX_INTEGER, CanonicalError, canonical_bytes, canonical_sha256

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12).map(
    lambda text: unicodedata.normalize("NFC", text)
)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


@given(VALUES)
def test_canonical_bytes_are_those_of_rfc_8785(value):
    assert canonical_bytes(value) == rfc8785.dumps(value)


def test_the_order_of_names_does_not_change_the_hash():
    assert canonical_sha256({"a": 1, "b": [2]}) == canonical_sha256({"b": [2], "a": 1})


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"a": [1, 2.5]}, "/a/1"),
        ({"a": 2**53}, "/a"),
        ({"a": -(2**53)}, "/a"),
        ({"a": "e\u0301"}, "/a"),
        ({"a": "\ud800"}, "/a"),
        ({"é": 1}, ""),
        ({1: 1}, ""),
        ({"a/b": {"c~d": 0.0}}, "/a~1b/c~0d"),
        ({"a": b"bytes"}, "/a"),
        ({"a": {1, 2}}, "/a"),
    ],
)
def test_what_has_no_canonical_form_is_refused_where_it_stands(value, pointer):
    with pytest.raises(CanonicalError) as caught:
        canonical_bytes(value)
    assert caught.value.pointer == pointer


def test_endless_nesting_is_refused_before_the_stack_ends():
    value = []
    for _ in range(5_000):
        value = [value]
    with pytest.raises(CanonicalError):
        canonical_bytes(value)
