"""The program that lies on every data disc: what it believes, what it does not, and that it needs nothing of ours.

The disc is built here by hand, record, log and lists; `relisted` writes the lists anew, as whoever changes a file on
purpose would, so that what is found afterwards is found without them.
"""

import ast
import base64
import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evidence.court.bundle import verify
from evidence.custody.canonical import canonical_bytes
from evidence.custody.tree.checkpoint import Checkpoint, Proof
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import COSIGNATURE, Signature, Verifier, cosigned, note_signed, public_of
from evidence.custody.tree.tiles import inclusion_proof, root_of, tiles_after

pytestmark = pytest.mark.once
ORIGIN = "custody.example.police.uk"
SEEN_AT_S = 1_780_000_000  # 2026-05-28 20:26:40 UTC
OTHERS = 300
"""Entries of the log that are not on the disc and come before those that are."""
PROGRAM = Path(verify.__file__)
CHECKPOINT, KEYS = "metadata/custody/checkpoint", "metadata/custody/log.vkey"
COPY, MASTER, OTHER = "AB_1.events.jsonl", "AB_1_master.events.jsonl", "AB_2.events.jsonl"
FILM, ORIGINAL = "data/exhibits/AB_1/AB_1_redaction.mp4", "data/exhibits/AB_2/AB_2_original.avi"
RECIPE, STATEMENT = "metadata/recipes/AB_1.recipe.json", "metadata/recipes/AB_1.statement.json"
Line = dict[str, Any]


def hex_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Log:
    """A log of one key and one witness; what it signs last is over all that was added."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.private, self.witnessing = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.key = Verifier(origin, public_of(self.private))
        self.witness = Verifier("witness.example.org", public_of(self.witnessing), COSIGNATURE)
        self.leaves: list[bytes] = []

    def note(self, *, text: str = "", with_witness: bool = True) -> str:
        text = text or Checkpoint(self.key.name, len(self.leaves), root_of(self._read(), len(self.leaves))).text
        more = [cosigned(text, self.witness, self.witnessing.sign, SEEN_AT_S)] if with_witness else []
        return note_signed(text, self.key, self.private.sign).with_signatures(more).whole

    def proofs(self, note: str) -> dict[str, str]:
        read, size = self._read(), len(self.leaves)
        return {
            leaf.hex(): Proof(place, tuple(inclusion_proof(read, place, size)), note).text
            for place, leaf in enumerate(self.leaves[OTHERS:], OTHERS)
        }

    def _read(self) -> Callable[[int, int], bytes]:
        tiles = {(each.level, each.number): each.hashes for each in tiles_after(lambda *_: b"", 0, self.leaves)}
        return lambda level, number: tiles[level, number]


class Item:
    """A recording and its custody record."""

    def __init__(self) -> None:
        self.id = uuid4()
        self.lines: list[Line] = []

    def happened(self, verb: str, *, files: Iterable[bytes] = (), outcome: str = "done", **data: object) -> None:
        """A whole line, with the names of its actor and of one recipient."""
        texts = {
            field: {"salt": secrets.token_bytes(32).hex(), "text": text}
            for field, text in (("actor.name", "PC 4312 J\u00f6nes"), ("recipients.0.name", "CPS"))
        }
        named = {
            field: hex_of(bytes.fromhex(opened["salt"]) + opened["text"].encode()) for field, opened in texts.items()
        }
        body = {
            "v": 1, "id": str(uuid4()), "verb": verb, "outcome": outcome, "at": "2026-05-28T19:04:31.000000Z",
            "actor": {"kind": "person", "id": str(uuid4()), "post": None, "name": named["actor.name"]},
            "recipients": [{"kind": "person", "id": str(uuid4()), "name": named["recipients.0.name"]}],
            "subject": {
                "kind": "recording", "id": str(self.id),
                "files": [{"id": str(uuid4()), "sha256": hex_of(file)} for file in files],
            },
            "subject_seq": len(self.lines) + 1, "data": data,
        }  # fmt: skip
        self._add(canonical_bytes(body), {"withheld": False, "texts": texts})

    def was_watched(self) -> None:
        """A line that is withheld."""
        self._add(secrets.token_bytes(32), {"withheld": True, "class": "consultation"})

    def head(self, name: str) -> dict[str, object]:
        return {
            "path": f"metadata/custody/{name}", "recording": str(self.id), "lines": len(self.lines),
            "withheld": sum(line["withheld"] for line in self.lines), "last_leaf": self.lines[-1]["leaf"],
        }  # fmt: skip

    def _add(self, body: bytes, more: Line) -> None:
        line = {"seq": len(self.lines) + 1, "leaf": leaf_hash(body).hex(), "proof": None} | more
        self.lines.append(line if line["withheld"] else line | {"body": body.decode()})


class Pressed:
    """A good disc in a folder, and the means to spoil it."""

    def __init__(self, root: Path) -> None:
        self.root, self.log = root, Log()
        self.copy, self.master, self.other = Item(), Item(), Item()
        film, recipe, statement = b"the redacted film" * 100_000, b'{"cut":1}', b'{"made":1}'
        whole, old, playable = b"the whole film", b"an old film", b"the old film for browsers"
        made = {"recipe_sha256": hex_of(recipe), "statement_sha256": hex_of(statement)}
        self.master.happened("recording:master:sealed", files=[whole])
        self.master.was_watched()
        self.copy.happened("copy:file:sealed", files=[film], **made)
        self.copy.was_watched()
        self.copy.happened("recording:details:changed", outcome="failed")
        self.copy.happened("recording:exhibit:produced", files=[film])
        self.other.happened("recording:master:sealed", files=[old])
        self.other.happened("recording:proxy:sealed", files=[old, playable])
        for number in range(OTHERS):
            self.log.leaves.append(leaf_hash(b"of other items %d" % number))
        for item in (self.copy, self.master, self.other):
            self.log.leaves += [bytes.fromhex(line["leaf"]) for line in item.lines]
        self.write(FILM, film)
        self.write(ORIGINAL, old)
        self.write("data/exhibits/AB_2/AB_2_proxy.mp4", playable)
        self.write("data/exhibits/AB_1/AB_1_label.txt", b"Exhibit AB/1")
        self.write(RECIPE, recipe)
        self.write(STATEMENT, statement)
        self.write("README.txt", b"Read me")
        self.write("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        self.write("verify.py", PROGRAM.read_bytes())
        self.write(KEYS, f"{self.log.key.text}\n{self.log.witness.text}\n".encode())
        self.sealed(self.log.note())
        self.bundle_write(self._bundle(made, film, whole, old, playable))
        self.relisted()

    def write(self, path: str, content: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)

    def sealed(self, note: str) -> None:
        """Put this checkpoint on the disc, and proofs to it on every line."""
        proofs = self.log.proofs(note)
        self.write(CHECKPOINT, note.encode())
        for name, item in ((COPY, self.copy), (MASTER, self.master), (OTHER, self.other)):
            self.lines_write(name, [line | {"proof": proofs[line["leaf"]]} for line in item.lines])

    def lines(self, name: str) -> list[Line]:
        text = (self.root / "metadata/custody" / name).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def lines_write(self, name: str, lines: Iterable[Line]) -> None:
        text = "".join(f"{json.dumps(line, ensure_ascii=False, sort_keys=True)}\n" for line in lines)
        self.write(f"metadata/custody/{name}", text.encode())

    def line_change(self, name: str, seq: int, **changes: object) -> None:
        self.lines_write(name, [line | (changes if line["seq"] == seq else {}) for line in self.lines(name)])

    def bundle(self) -> dict[str, Any]:
        return dict(json.loads((self.root / verify.BUNDLE).read_bytes()))

    def bundle_write(self, bundle: object) -> None:
        self.write(verify.BUNDLE, canonical_bytes(bundle))

    def relisted(self, *lists: str) -> None:
        """Write these lists, or both, anew, of what is there now."""
        for name in lists or (verify.MANIFEST, verify.TAG_MANIFEST):
            is_payload = name == verify.MANIFEST
            paths = sorted(each.relative_to(self.root).as_posix() for each in self.root.rglob("*") if each.is_file())
            mine = [each for each in paths if each.startswith("data/") == is_payload and each != verify.TAG_MANIFEST]
            self.write(name, "".join(f"{hex_of((self.root / each).read_bytes())}  {each}\n" for each in mine).encode())

    def _bundle(self, made: dict[str, str], film: bytes, whole: bytes, old: bytes, playable: bytes) -> dict[str, Any]:
        nothing = {"recipe": None, "recipe_sha256": None, "statement": None, "statement_sha256": None}
        return {
            "v": 3, "bundle": str(uuid4()), "force": "Example Police", "urn": "20AB1234526", "disc": 1, "discs": [],
            "log": {"origin": ORIGIN, "checkpoint": CHECKPOINT, "keys": KEYS},
            "exhibits": [
                {
                    "reference": "AB/1", "discs": [1], "recording": str(self.copy.id), "kind": "redaction",
                    "files": [described(FILM, film)], "made": made | {"recipe": RECIPE, "statement": STATEMENT},
                    "made_from": [
                        {"what": "Master", "recording": str(self.master.id), "sha256": [hex_of(whole)]} | nothing
                    ],
                    "records": [self.copy.head(COPY), self.master.head(MASTER)],
                },
                {
                    "reference": "AB/2", "discs": [1], "recording": str(self.other.id), "kind": "bwv",
                    "files": [
                        described(ORIGINAL, old),
                        described("data/exhibits/AB_2/AB_2_proxy.mp4", playable, is_original=False),
                    ],
                    "made": nothing, "made_from": [], "records": [self.other.head(OTHER)],
                },
            ],
        }  # fmt: skip


def described(path: str, content: bytes, *, is_original: bool = True) -> dict[str, object]:
    return {
        "path": path, "disc": 1, "size_bytes": len(content), "sha256": hex_of(content), "media_type": "video/mp4",
        "is_original": is_original, "is_playable": True,
    }  # fmt: skip


@pytest.fixture
def disc(tmp_path: Path) -> Pressed:
    return Pressed(tmp_path / "disc")


def checked(disc: Pressed, *options: str) -> tuple[int, str]:
    """Exit status, and what is printed."""
    with redirect_stdout(StringIO()) as out:
        status = verify.main([str(disc.root), *options])
    return status, out.getvalue()


def text_of(disc: Pressed) -> str:
    """The text of the checkpoint, without signatures."""
    return disc.log.note().partition("\n\n")[0] + "\n"


def fails(disc: Pressed, *words: str, options: Iterable[str] = ()) -> None:
    """It fails, and one line that begins with FAIL has all of these words."""
    status, said = checked(disc, *options)
    assert status == 1, said
    assert any(all(word in line for word in words) for line in said.splitlines() if line.startswith("  FAIL")), said
    assert "FAIL" in said.splitlines()[-1]


def alone(disc: Pressed, *options: str, program: Path | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    """The program as a stranger runs it, by an interpreter with these options."""
    argv = [sys.executable, *options, str(program or "verify.py")]
    return subprocess.run(argv, cwd=disc.root, capture_output=True, env=env, check=False)


# what it says of a good disc


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


# files


def test_one_bit_of_a_film_fails(disc):
    film = bytearray((disc.root / FILM).read_bytes())
    film[1_000_000] ^= 1
    disc.write(FILM, bytes(film))
    fails(disc, FILM, "was changed")
    disc.relisted()
    fails(disc, "AB/1", FILM, "is not what bundle.json says")
    bundle = disc.bundle()
    bundle["exhibits"][0]["files"][0]["sha256"] = hex_of(bytes(film))
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB/1", FILM, "no line of metadata/custody/AB_1.events.jsonl that holds names its SHA-256")


def test_film_that_is_missing_fails(disc):
    (disc.root / FILM).unlink()
    fails(disc, FILM, "is not on the disc")
    disc.relisted()
    fails(disc, "AB/1", FILM, "is not on the disc")


def test_file_in_no_list_fails(disc):
    disc.write("data/documents/more.pdf", b"%PDF")
    fails(disc, "data/documents/more.pdf", "in no list")


def test_film_that_is_no_exhibit_fails_even_when_listed(disc):
    disc.write("data/exhibits/AB_1/another.mp4", b"film")
    disc.relisted()
    fails(disc, "data/exhibits/AB_1/another.mp4", "is no file of one on disc 1")


def test_disc_that_calls_itself_another_one_of_the_set_fails(disc):
    disc.bundle_write(disc.bundle() | {"disc": 2})
    disc.relisted()
    fails(disc, FILM, "is no file of one on disc 2")


def test_exhibit_on_another_disc_is_told_of_and_does_not_spoil_this_one(disc):
    bundle = disc.bundle()
    elsewhere = described("data/exhibits/AB_3/x.mp4", b"x") | {"disc": 2}
    bundle["exhibits"].append(
        bundle["exhibits"][1] | {"reference": "AB/3", "discs": [2], "files": [elsewhere], "records": None}
    )
    disc.bundle_write(bundle)
    disc.relisted()
    status, said = checked(disc)
    assert status == 0, said
    assert "not checked  AB/3: what lies on disc 2 of the set is checked there" in said


@pytest.mark.parametrize("manifest", [verify.MANIFEST, verify.TAG_MANIFEST])
def test_list_that_is_missing_fails(disc, manifest):
    (disc.root / manifest).unlink()
    fails(disc, manifest, "is not on the disc")


def test_path_that_is_listed_twice_fails(disc):
    manifest = disc.root / verify.MANIFEST
    manifest.write_text(manifest.read_text() + f"{hex_of(b'')}  {FILM}\n")
    fails(disc, f"{verify.MANIFEST}, line 5", "is listed twice")


def test_file_in_the_wrong_list_fails(disc):
    manifest, tags = disc.root / verify.MANIFEST, disc.root / verify.TAG_MANIFEST
    first, *rest = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join(rest))
    disc.relisted(verify.TAG_MANIFEST)
    tags.write_text(tags.read_text() + first)
    fails(disc, verify.TAG_MANIFEST, "AB_1_label.txt' does not belong into this list")


def test_three_characters_in_paths_are_read_as_bagit_writes_them(disc):
    name = "data/100%\n.txt"
    disc.write(name, b"odd")
    manifest = disc.root / verify.MANIFEST
    manifest.write_text(manifest.read_text() + f"{hex_of(b'odd')}  data/100%25%0A.txt\n")
    disc.relisted(verify.TAG_MANIFEST)
    status, said = checked(disc)
    assert status == 0, said


PATHS = ["../x", "/etc/passwd", "data/../../x", "data\\x", "C:/x", "data//x", "./data/x", "data/x:stream"]


@pytest.mark.parametrize("path", PATHS)
def test_path_that_leads_elsewhere_fails_and_is_not_opened(disc, path):
    (disc.root.parent / "x").write_bytes(b"outside")
    manifest = disc.root / verify.MANIFEST
    manifest.write_text(manifest.read_text() + f"{hex_of(b'outside')}  {path}\n")
    fails(disc, f"{verify.MANIFEST}, line 5", path, "was not opened")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("place", ["file", "record", "recipe", "checkpoint", "keys"])
def test_path_in_the_bundle_that_leads_elsewhere_fails_and_is_not_opened(disc, place, path):
    bundle = disc.bundle()
    exhibit = bundle["exhibits"][0]
    of, key = {
        "file": (exhibit["files"][0], "path"), "record": (exhibit["records"][0], "path"),
        "recipe": (exhibit["made"], "recipe"), "checkpoint": (bundle["log"], "checkpoint"),
        "keys": (bundle["log"], "keys"),
    }[place]  # fmt: skip
    of[key] = path
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, path, "was not opened")


def test_link_fails_and_is_not_followed(disc):
    content = (disc.root / FILM).read_bytes()
    (disc.root.parent / "film").write_bytes(content)
    (disc.root / FILM).unlink()
    (disc.root / FILM).symlink_to(disc.root.parent / "film")
    fails(disc, FILM, "is a link or a device")
    fails(disc, FILM, "is not on the disc")


def test_linked_folder_fails_and_is_not_followed(disc):
    (disc.root / "data/exhibits/AB_1").rename(disc.root.parent / "AB_1")
    (disc.root / "data/exhibits/AB_1").symlink_to(disc.root.parent / "AB_1")
    fails(disc, "data/exhibits/AB_1: is a link or a device")
    fails(disc, FILM, "is not on the disc")


def test_device_fails_and_is_not_opened(disc):
    os.mkfifo(disc.root / "data/pipe")
    fails(disc, "data/pipe", "is a link or a device")


def test_name_on_the_disc_cannot_pass_for_a_finding(disc):
    disc.write("data/x\n  ok           all of it\x1b[2J", b"")
    _, said = checked(disc)
    assert "FAIL         data/x?  ok           all of it?[2J: is on the disc and in no list" in said
    assert "\x1b" not in said


# exhibits


@pytest.mark.parametrize("path", [RECIPE, STATEMENT])
def test_recipe_or_statement_that_was_changed_fails(disc, path):
    disc.write(path, b'{"cut":2}')
    disc.relisted()
    fails(disc, path, "is not what bundle.json says")
    bundle, what = disc.bundle(), path.split(".")[1]
    bundle["exhibits"][0]["made"][f"{what}_sha256"] = hex_of(b'{"cut":2}')
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, f"AB/1, {what}", "names its SHA-256")


def test_master_that_is_not_in_its_record_fails(disc):
    bundle = disc.bundle()
    bundle["exhibits"][0]["made_from"][0]["sha256"] = [hex_of(b"another film")]
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB/1, the Master that it was made from", hex_of(b"another film"))


def test_record_that_is_left_out_fails(disc):
    bundle = disc.bundle()
    del bundle["exhibits"][0]["records"][1]
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB/1, the Master", "the custody record that has to name it is not on the disc")


def test_size_that_is_not_that_of_the_file_fails(disc):
    bundle = disc.bundle()
    bundle["exhibits"][0]["files"][0]["size_bytes"] += 1
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, FILM, "is not what bundle.json says")


def only_line(disc: Pressed, seq: int) -> None:
    """Leave one whole line of the other item to name its files; the others are withheld."""
    lines = disc.lines(OTHER)
    hidden = [{key: line[key] for key in ("seq", "leaf", "proof")} for line in lines]
    kept = [
        line if line["seq"] == seq else short | {"withheld": True, "class": "consultation"}
        for line, short in zip(lines, hidden, strict=True)
    ]
    disc.lines_write(OTHER, kept)
    bundle = disc.bundle()
    bundle["exhibits"][1]["records"][0]["withheld"] = 1
    disc.bundle_write(bundle)
    disc.relisted()


def test_playing_copy_that_no_line_names_is_not_checked(disc):
    only_line(disc, 1)
    status, said = checked(disc)
    assert status == 2
    assert "not checked  AB/2, data/exhibits/AB_2/AB_2_proxy.mp4: a copy for playing" in said


def test_line_of_something_that_failed_names_no_file(disc):
    item = Item()
    item.id = disc.other.id
    item.happened("recording:master:sealed", files=[b"an old film", b"the old film for browsers"], outcome="failed")
    disc.lines_write(OTHER, item.lines)
    bundle = disc.bundle()
    bundle["exhibits"][1]["records"] = [item.head(OTHER)]
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB/2", ORIGINAL, "names its SHA-256")


def test_file_named_only_by_a_line_that_is_not_sealed_is_not_checked(disc):
    disc.line_change(OTHER, 1, proof=None)
    disc.line_change(OTHER, 2, proof=None)
    disc.relisted()
    status, said = checked(disc)
    assert status == 2
    assert (
        f"not checked  AB/2, {ORIGINAL}: is named in metadata/custody/AB_2.events.jsonl only by lines that no" in said
    )


# custody records


def test_body_that_was_changed_fails(disc):
    body = disc.lines(COPY)[2]["body"].replace("failed", "done")
    disc.line_change(COPY, 3, body=body)
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 3", "was changed: its text is not the one that its hash is of")
    disc.line_change(COPY, 3, leaf=leaf_hash(body.encode()).hex())
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 3", "its proof does not lead to the signed checkpoint")


def test_line_that_was_removed_fails(disc):
    lines = disc.lines(COPY)
    disc.lines_write(COPY, [line for line in lines if line["seq"] != 2])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 2: is missing or out of place; line 3 stands there")
    fails(disc, "AB_1.events.jsonl: has 3 lines, and bundle.json says 4")


def test_line_that_was_removed_and_the_rest_renumbered_fails(disc):
    lines = disc.lines(COPY)
    disc.lines_write(COPY, [line | {"seq": seq} for seq, line in enumerate((lines[0], *lines[2:]), 1)])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 2: has another number in what was hashed")


def test_lines_that_were_swapped_fail(disc):
    one, two, three, four = disc.lines(COPY)
    disc.lines_write(COPY, [one, three, two, four])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 2: is missing or out of place; line 3 stands there")


@pytest.mark.parametrize("field", ["actor.name", "recipients.0.name"])
def test_name_that_was_changed_fails(disc, field):
    texts = disc.lines(COPY)[0]["texts"]
    texts[field]["text"] = "PC 1 Nobody"
    disc.line_change(COPY, 1, texts=texts)
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", f"the text of '{field}' was changed")


@pytest.mark.parametrize("field", ["reason.text", "recipients.9.name", "recipients.x", "actor.name.x", "", "."])
def test_name_that_no_commitment_stands_for_fails(disc, field):
    texts = disc.lines(COPY)[0]["texts"]
    disc.line_change(COPY, 1, texts=texts | {field: texts["actor.name"]})
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", f"the text of '{field}' was changed")


def test_leaf_of_a_withheld_line_that_was_changed_fails(disc):
    disc.line_change(COPY, 2, leaf=hex_of(b"something else"))
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 2", "its proof does not lead to the signed checkpoint")


def test_last_lines_that_were_cut_off_fail(disc):
    disc.lines_write(COPY, disc.lines(COPY)[:2])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl: has 2 lines, and bundle.json says 4")
    fails(disc, "AB_1.events.jsonl: does not end with the line that bundle.json says")


def test_withheld_lines_that_are_more_than_the_bundle_says_fail(disc):
    short = {key: disc.lines(COPY)[2][key] for key in ("seq", "leaf", "proof")}
    lines = [line if line["seq"] != 3 else short | {"withheld": True, "class": "x"} for line in disc.lines(COPY)]
    disc.lines_write(COPY, lines)
    disc.relisted()
    fails(disc, "AB_1.events.jsonl: has 2 withheld lines, and bundle.json says 1")


def test_record_of_another_recording_fails(disc):
    bundle = disc.bundle()
    bundle["exhibits"][0]["recording"] = bundle["exhibits"][0]["records"][0]["recording"] = str(UUID(int=1))
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", "is not about the recording that bundle.json says")


# seals and trust


def test_proof_of_another_line_fails(disc):
    disc.line_change(COPY, 1, proof=disc.lines(COPY)[1]["proof"])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", "its proof does not lead to the signed checkpoint")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda proof: proof.replace("index 300", "index 9999999"),
        lambda proof: proof.replace("index 300", "index -1"),
        lambda proof: proof.replace("index 300\n", "index 300\n" + "A" * 43 + "=\n"),
        lambda proof: "\n".join(line for at, line in enumerate(proof.split("\n")) if at != 2),
        lambda proof: proof.replace("tlog-proof@v1", "tlog-proof@v2"),
        lambda proof: proof.partition("\n\n")[0],
        lambda proof: "",
        lambda proof: "\n\n",
    ],
)
def test_proof_that_is_none_fails(disc, spoil):
    assert "index 300\n" in disc.lines(COPY)[0]["proof"]
    disc.line_change(COPY, 1, proof=spoil(disc.lines(COPY)[0]["proof"]))
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", "proof")


def test_lines_without_a_proof_are_not_checked(disc):
    disc.line_change(COPY, 3, proof=None)
    disc.line_change(COPY, 4, proof=None)
    disc.relisted()
    status, said = checked(disc)
    assert status == 2
    assert "not checked  2 lines were not under a checkpoint when the disc was made" in said
    assert said.splitlines()[-1].startswith("Everything that was checked holds. 5 things could not be checked")


def test_line_without_a_proof_before_lines_that_have_one_is_named(disc):
    disc.line_change(COPY, 2, proof=None)
    disc.relisted()
    status, said = checked(disc)
    assert status == 2
    assert "AB_1.events.jsonl, line 2: has no proof, and lines after it have one" in said


def test_checkpoint_that_was_changed_fails(disc):
    size = len(disc.log.leaves)
    disc.write(CHECKPOINT, disc.log.note().replace(f"\n{size}\n", f"\n{size + 1}\n").encode())
    disc.relisted()
    fails(disc, CHECKPOINT, f"the signature by {ORIGIN} is not of this text")
    fails(disc, "AB_1.events.jsonl, line 1", "another checkpoint than the one on the disc")


def test_checkpoint_signed_by_another_key_fails(disc):
    text = text_of(disc)
    disc.sealed(note_signed(text, disc.log.key, Ed25519PrivateKey.generate().sign).whole)
    disc.relisted()
    fails(disc, CHECKPOINT, f"the signature by {ORIGIN} is not of this text")
    fails(disc, "is signed by no key of that log on this disc")
    disc.sealed(Log().note(text=text, with_witness=False))
    disc.relisted()
    fails(disc, "is signed by no key of that log on this disc")


def test_checkpoint_signed_by_a_witness_alone_fails(disc):
    text = text_of(disc)
    seen = cosigned(text, disc.log.witness, disc.log.witnessing.sign, SEEN_AT_S)
    disc.sealed(f"{text}\n{seen.line}")
    disc.relisted()
    fails(disc, "is signed by no key of that log on this disc")


def test_witness_that_is_called_like_the_log_does_not_sign_for_it(disc):
    text, named = text_of(disc), Verifier(ORIGIN, disc.log.witness.public, COSIGNATURE)
    disc.sealed(f"{text}\n{cosigned(text, named, disc.log.witnessing.sign, SEEN_AT_S).line}")
    disc.write(KEYS, f"{named.text}\n".encode())
    disc.relisted()
    fails(disc, "is signed by no key of that log on this disc")


def test_proofs_lead_where_those_of_the_custody_record_lead():
    leaves = [leaf_hash(bytes([number])) for number in range(9)]
    for size in range(10):
        tiles = tiles_after(lambda *_: b"", 0, leaves[:size])
        read = {(tile.level, tile.number): tile.hashes for tile in tiles}
        root = root_of(lambda level, number, read=read: read[level, number], size)
        for place in range(size):
            proof = inclusion_proof(lambda level, number, read=read: read[level, number], place, size)
            assert verify.root_from(place, size, leaves[place], proof) == root
            assert verify.root_from(place, size, leaves[place], [*proof, root]) == b""
            assert not proof or verify.root_from(place, size, leaves[place], proof[:-1]) == b""
        for length in range(6):
            assert verify.root_from(size, size, root, [root] * length) == b""


def test_key_of_the_log_that_is_given_is_trusted(disc, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"{disc.log.key.text}\n{disc.log.witness.text}\n")
    for given in (disc.log.key.text, str(keys)):
        status, said = checked(disc, "--key", given)
        assert status == 0, said
        assert f"ok           {disc.log.key.text} is a key that was given with --key" in said
        assert "Compare" not in said
    assert "saw this checkpoint" in checked(disc, "--key", str(keys))[1]
    assert "not checked  no witness" in checked(disc, "--key", disc.log.key.text)[1]


def test_key_of_another_log_that_is_given_fails(disc):
    words = "is signed by no key of that log that was given with --key"
    fails(disc, words, options=["--key", Log("another.example").key.text])
    fails(disc, words, options=["--key", Log().key.text])
    fails(disc, words, options=["--key", disc.log.witness.text])


def test_key_of_another_name_does_not_sign_for_the_log(disc):
    other = Verifier("another.example", disc.log.key.public)
    text = text_of(disc)
    disc.sealed(note_signed(text, other, disc.log.private.sign).whole)
    disc.write(KEYS, f"{other.text}\n".encode())
    disc.relisted()
    fails(disc, "is signed by no key of that log")


def test_checkpoint_of_another_log_fails(disc):
    bundle = disc.bundle()
    bundle["log"]["origin"] = "another.example"
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, CHECKPOINT, f"is of the log '{ORIGIN}', and bundle.json names another")


@pytest.mark.parametrize("at_s", [SEEN_AT_S + 1, 2**64 - 1])
def test_cosignature_that_is_not_of_this_text_fails(disc, at_s):
    text = text_of(disc)
    seen = cosigned(text, disc.log.witness, disc.log.witnessing.sign, SEEN_AT_S)
    moved = Signature(seen.name, seen.key_id, at_s.to_bytes(8, "big") + seen.blob[8:])
    disc.sealed(note_signed(text, disc.log.key, disc.log.private.sign).with_signatures([moved]).whole)
    disc.relisted()
    fails(disc, CHECKPOINT, "the signature by witness.example.org is not of this text")


def test_cosignature_of_no_moment_is_told_in_words(disc):
    text = text_of(disc)
    seen = cosigned(text, disc.log.witness, disc.log.witnessing.sign, 2**64 - 1)
    disc.sealed(note_signed(text, disc.log.key, disc.log.private.sign).with_signatures([seen]).whole)
    disc.relisted()
    assert "saw this checkpoint at a time that is none" in checked(disc)[1]


def test_no_witness_is_no_failure(disc):
    disc.sealed(disc.log.note(with_witness=False))
    disc.relisted()
    status, said = checked(disc)
    assert (status, "not checked  no witness" in said) == (0, True)


def test_signature_of_a_key_that_nobody_knows_is_passed_over(disc):
    text = text_of(disc)
    unknown = cosigned(text, Log().witness, Ed25519PrivateKey.generate().sign, SEEN_AT_S)
    disc.sealed(note_signed(text, disc.log.key, disc.log.private.sign).with_signatures([unknown]).whole)
    disc.relisted()
    assert checked(disc)[0] == 0


def test_key_on_the_disc_whose_id_is_not_its_own_fails(disc):
    disc.write(KEYS, f"{ORIGIN}+00000000+{disc.log.key.text.split('+', 2)[2]}\n".encode())
    disc.relisted()
    fails(disc, f"{KEYS}, line 1", "the id of the key")


def test_timestamp_has_to_be_of_this_checkpoint(disc):
    digest = hashlib.sha256((disc.root / CHECKPOINT).read_bytes()).digest()
    disc.write(verify.TIMESTAMP, b"0\x82" + digest + b"signature")
    disc.relisted()
    status, said = checked(disc)
    assert status == 0, said
    assert f"openssl ts -verify -data {CHECKPOINT} -in {verify.TIMESTAMP} -CAfile ca.pem" in said
    disc.write(verify.TIMESTAMP, b"0\x82" + bytes(32) + b"signature")
    disc.relisted()
    fails(disc, verify.TIMESTAMP, "is not of the checkpoint on the disc")


def test_older_disc_without_a_log_could_not_be_checked_for_seals(disc):
    bundle = disc.bundle() | {"v": 2}
    del bundle["log"]
    disc.bundle_write(bundle)
    disc.relisted()
    status, said = checked(disc)
    assert status == 2
    assert "not checked  there is no checkpoint on this disc" in said
    assert "FAIL" not in said


# what is no such disc, and what was made to break the program


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


# Ed25519, as it is computed where there is no library

VECTORS = [  # public key, message, and the two halves of the signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]  # fmt: skip
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("public", "message", "point", "scalar"), VECTORS)
def test_signatures_of_rfc_8032_verify(public, message, point, scalar):
    key, text, signature = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(point + scalar)
    assert verify.is_signed_here(key, text, signature)
    assert not verify.is_signed_here(key, text + b"x", signature)


@pytest.mark.parametrize("verified", [verify.is_signed_here, verify.is_signed])
def test_whatever_is_changed_of_a_signature_it_is_refused(verified):
    for turn in range(8):
        private, message = Ed25519PrivateKey.generate(), secrets.token_bytes(turn * 40)
        public, signature = public_of(private), private.sign(message)
        scalar = int.from_bytes(signature[32:], "little")
        assert verified(public, message, signature)
        assert not verified(public, message + b"\0", signature)
        assert not verified(public_of(Ed25519PrivateKey.generate()), message, signature)
        for at in (0, 31, 32, 62):
            spoilt = bytearray(signature)
            spoilt[at] ^= 1 << turn
            assert not verified(public, message, bytes(spoilt))
        assert not verified(public, message, signature[:32] + (scalar + ORDER).to_bytes(32, "little"))
        assert not verified(public, message, signature[:63])
        assert not verified(public, message, signature + b"\0")
        assert not verified(public, message, b"")


def test_both_ways_of_verifying_agree_on_any_key():
    for turn in range(40):
        public, message = secrets.token_bytes(31) + bytes([turn]), b"message"
        signature = secrets.token_bytes(32) + bytes(32)
        assert verify.is_signed_here(public, message, signature) == verify.is_signed(public, message, signature)
    private = Ed25519PrivateKey.generate()
    Ed25519PublicKey.from_public_bytes(public_of(private)).verify(private.sign(b"x"), b"x")
    assert verify.is_signed_here(public_of(private), b"x", private.sign(b"x"))


@pytest.mark.parametrize(
    "public",
    [
        (2**255 - 18).to_bytes(32, "little"),  # y is 1, for which everything would verify, and not below p
        (2**255 - 19).to_bytes(32, "little"),
        (2**255 - 1).to_bytes(32, "little"),
        (1 | 1 << 255).to_bytes(32, "little"),  # x is 0 and said to be odd
        (2).to_bytes(32, "little"),  # on no curve
        bytes(31),
        b"",
    ],
)
def test_key_that_is_no_point_is_refused(public):
    identity = (1).to_bytes(32, "little") + bytes(32)
    assert not verify.is_signed_here(public, b"", identity)


def test_key_text_is_read_as_it_is_written_elsewhere():
    for key in (Log().key, Log().witness):
        assert verify.key_read(f"{key.text}\n").text == key.text
    for text in (
        "",
        "name",
        "name+00000000",
        "name+00000000+!",
        "a b+00000000+" + base64.b64encode(b"x" * 33).decode(),
    ):
        with pytest.raises(verify.Wrong):
            verify.key_read(text)
