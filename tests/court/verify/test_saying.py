"""What verify.py says of a good disc, and that it needs nothing but Python 3.9."""

import ast
import json
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.custody.tree.note import note_signed
from tests.court.verify.pressing import (
    FILM,
    ORIGIN,
    ORIGINAL,
    PROGRAM,
    alone,
    checked,
    text_of,
)

pytestmark = pytest.mark.once


def test_good_disc_holds_and_says_what_no_disc_can_show(disc):
    status, said = checked(disc)
    assert status == 0, said
    assert "FAIL" not in said
    assert "AB_1.events.jsonl: 4 lines without a gap, 3 whole, 1 withheld (1 as consultation)" in said
    assert "ok           8 lines lead to the checkpoint over 308 entries" in said
    assert f"is signed by {disc.log.key.text}" in said
    assert f"{disc.log.witness.text} saw this checkpoint on 2026-05-28 at 20:26:40 UTC" in said
    assert f"not checked  the key itself is the one on this disc. Compare {disc.log.key.text} with" in said
    assert f"Compare {disc.log.witness.text} with the one that the witness publishes" in said
    assert said.splitlines()[-1] == (
        "Everything that was checked holds. 4 things could not be checked, see above."
    )  # the lists are not signed, both keys are the disc's, no timestamp


def test_every_file_and_hash_of_an_exhibit_is_named_in_what_holds(disc):
    _, said = checked(disc)
    for words in (
        f"AB/1, {FILM}: is what bundle.json says", "AB/1: the SHA-256 of its recipe",
        "AB/1: the SHA-256 of its statement",
        "AB/1, the Master that it was made from: its SHA-256", f"AB/2, {ORIGINAL}: is what", "AB_2_proxy.mp4: is what",
    ):  # fmt: skip
        assert any(words in line for line in said.splitlines() if line.startswith("  ok")), words


def test_quiet_tells_failures_and_the_sum_only(disc):
    status, said = checked(disc, "--quiet")
    assert (status, said) == (0, "Everything that was checked holds. 4 things could not be checked.\n")


def test_json_says_the_same(disc):
    _, said = checked(disc)
    status, raw = checked(disc, "--json")
    answer = json.loads(raw)
    assert (status, answer["status"], answer["sum"]) == (0, 0, said.splitlines()[-1])
    told = [f"  {line['result']:<11}  {line['says']}" for section in answer["sections"] for line in section["lines"]]
    assert told == [line for line in said.splitlines() if line.startswith("  ")]


# what it needs


def test_needs_nothing_but_python(disc):
    no_site = [sys.executable, "-I", "-S", "-c", "import cryptography"]
    assert subprocess.run(no_site, capture_output=True, check=False).returncode == 1
    done = alone(disc, "-I", "-S")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().replace("\r\n", "\n") == checked(disc)[1]


def test_signature_that_was_changed_fails_without_the_library_too(disc):
    disc.sealed(note_signed(text_of(disc), disc.log.key, Ed25519PrivateKey.generate().sign).whole)
    disc.relisted()
    done = alone(disc, "-I", "-S")
    assert done.returncode == 1
    assert f"the signature by {ORIGIN} is not of this text".encode() in done.stdout


def test_console_that_knows_few_letters_is_no_obstacle(disc):
    bundle = disc.bundle()
    bundle["exhibits"][0]["reference"] = "\u0410\u0411/1 \u0141\U0001f3a5"
    disc.bundle_write(bundle)
    disc.relisted()
    done = alone(disc, "-S", PYTHONIOENCODING="cp1252")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"??/1" in done.stdout


def test_broken_library_on_the_path_is_no_obstacle(disc, tmp_path):
    for name in ("cryptography", "evidence"):
        (tmp_path / "path" / name).mkdir(parents=True)
        (tmp_path / "path" / name / "__init__.py").write_text("raise SystemExit('broken')")
    done = alone(disc, PYTHONPATH=str(tmp_path / "path"))
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_lies_on_the_disc_never_runs_in_place_of_python(disc):
    for name in ("json.py", "hashlib.py", "cryptography.py"):
        disc.write(name, b"raise SystemExit(0)")
    done = alone(disc, "-S")
    assert done.returncode == 1
    assert b"FAIL         json.py: is on the disc and in no list" in done.stdout


def test_is_python_3_9_and_imports_a_few_harmless_modules():
    source = PROGRAM.read_text(encoding="ascii")
    tree = ast.parse(source, feature_version=(3, 9))
    nodes = list(ast.walk(tree))
    imported = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported <= {
        "__future__", "argparse", "base64", "collections", "collections.abc", "contextlib", "dataclasses", "hashlib",
        "importlib", "io", "json", "pathlib", "re", "stat", "sys", "time", "typing",
    }  # fmt: skip
    loaded = [node.args[0] for node in nodes if isinstance(node, ast.Call) and called(node) == "import_module"]
    assert all(isinstance(each, ast.Constant) and str(each.value).startswith("cryptography.") for each in loaded)
    keywords = {(called(node), word.arg) for node in nodes if isinstance(node, ast.Call) for word in node.keywords}
    assert not {("zip", "strict"), ("dataclass", "slots"), ("dataclass", "kw_only")} & keywords
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    newer = {"UTC", "file_digest", "pairwise", "batched", "is_junction", "walk", "bit_count", "add_note"}
    assert not newer & names
    assert not {"open", "eval", "exec", "__import__", "aiter", "anext"} & {
        called(node) for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def test_no_union_of_types_is_made_at_run_time():
    tree = ast.parse(PROGRAM.read_text(encoding="ascii"))
    hints = [
        hint
        for node in ast.walk(tree)
        for hint in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if hint is not None
    ]
    in_hints = {id(each) for hint in hints for each in ast.walk(hint)}
    unions = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and id(node) not in in_hints
    ]
    assert unions == ["y * inverse % _P | (x * inverse % _P & 1) << 255"]


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
