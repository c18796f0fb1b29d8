"""What is no such disc, and what was made to break the program, is told in words."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from evidence.court.bundle import verify
from evidence.custody.canonical import canonical_bytes
from tests.court.verify.pressing import (
    CHECKPOINT,
    COPY,
    KEYS,
    checked,
    fails,
    hex_of,
)

pytestmark = pytest.mark.once


def test_empty_folder_missing_folder_and_wrong_usage_are_told(disc, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "nowhere"):
        disc.root = tmp_path / folder
        status, said = checked(disc)
        assert status == 2
        assert "is no such disc" in said
        assert said.splitlines()[-1].startswith("Nothing was checked.")
    (tmp_path / "no-key").write_text("\n")
    for options in (["--nonsense"], ["--key", "nothing"], ["--key", str(tmp_path / "no-key")]):
        with pytest.raises(SystemExit, match="2"):
            checked(disc, *options)
    assert "name+id+key" in capsys.readouterr().err


def test_disc_without_a_bundle_or_of_a_later_kind_could_not_be_checked(disc):
    disc.bundle_write(disc.bundle() | {"v": 4})
    disc.relisted()
    status, said = checked(disc)
    assert (status, "is of version 4, which this program does not know" in said) == (2, True)
    (disc.root / verify.BUNDLE).unlink()
    disc.relisted()
    status, said = checked(disc)
    assert (status, "there is no metadata/bundle.json" in said) == (2, True)


def test_file_that_cannot_be_read_could_not_be_checked(disc, monkeypatch):
    opened = Path.open

    def scratched(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == "README.txt":
            raise OSError(5, "Input/output error")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", scratched)
    status, said = checked(disc)
    assert status == 2
    assert "not checked  README.txt: could not be read (Input/output error)" in said


GARBAGE = {
    "nothing": b"", "no JSON": b"{", "not UTF-8": b'{"v":"\xff\xfe"}', "null": b"null", "list": b"[]", "number": b"3",
    "deep": b"[" * 100_000, "long number": b'{"v":' + b"9" * 10_000 + b"}", "twice": b'{"v":3,"v":3}',
    "not a number": b'{"v":NaN}', "surrogate": b'{"v":"\\ud800"}', "true": b'{"v":true}', "zeros": bytes(100),
}  # fmt: skip


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
@pytest.mark.parametrize("path", [verify.BUNDLE, f"metadata/custody/{COPY}", CHECKPOINT, KEYS])
def test_garbage_is_told_in_words(disc, path, content):
    disc.write(path, content)
    disc.relisted()
    status, said = checked(disc)
    assert status == 1, said
    assert not any(name in said for name in ("Traceback", "KeyError", "TypeError", "AttributeError"))


def test_json_that_can_be_read_in_two_ways_or_takes_hours_is_refused():
    for content in (b'{"a":1,"a":1}', b'[{"a":{"b":1,"b":2}}]', b"[" + b"9" * 21 + b"]", b"[Infinity]"):
        with pytest.raises(verify.Wrong, match=r"twice|too long|no number"):
            verify.parsed(content)


@pytest.mark.parametrize("path", [verify.MANIFEST, verify.TAG_MANIFEST])
def test_garbage_in_a_list_is_told_in_words(disc, path):
    disc.write(path, b"\xff\xfe\n\n  \nzz  x\n" + hex_of(b"").encode() + b"\n")
    fails(disc, f"{path}, line 1", "is not in UTF-8")
    fails(disc, f"{path}, line 5", "is no SHA-256 and path")


def test_any_part_of_the_bundle_that_is_missing_or_another_kind_is_told_in_words(disc):
    whole = disc.bundle()
    for place in list(places(whole)):
        for value in (None, -1, "x", [], {}, [[]], True):
            bundle = json.loads(json.dumps(whole))
            of = bundle
            for step in place[:-1]:
                of = of[step]
            of[place[-1]] = value
            disc.bundle_write(bundle)
            if canonical_bytes(bundle) == canonical_bytes(whole):
                continue
            status, said = checked(disc)  # the list says that it was changed
            assert status == 1, (place, value)
            assert not any(name in said for name in ("KeyError", "TypeError", "AttributeError")), (place, value)


def places(of: Any, before: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    """The way to every value of the first exhibit, and of what is around."""
    items = of.items() if isinstance(of, dict) else enumerate(of[:1]) if isinstance(of, list) else ()
    for key, value in items:
        yield (*before, key)
        yield from places(value, (*before, key))
