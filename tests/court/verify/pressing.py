"""A disc pressed by hand, record, log and lists; and the program on it, run in this process or alone.

`relisted` writes the lists anew, as whoever changes a file on purpose would, so that what is found afterwards is found
without them.
"""

import hashlib
import json
import secrets
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.court.bundle import verify
from evidence.custody.canonical import canonical_bytes
from evidence.custody.tree.checkpoint import Checkpoint, Proof
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import COSIGNATURE, Verifier, cosigned, note_signed, public_of
from evidence.custody.tree.tiles import consistency_proof, inclusion_proof, root_of, tiles_after

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

    def continues(self, old: int) -> list[bytes]:
        return consistency_proof(self._read(), old, len(self.leaves))

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


def later_of(disc: Pressed, *, added: int = 9, changed: int | None = None) -> dict[str, Any]:
    """What the log's site answers later, for the checkpoint on the disc: one that continues it, or, with an entry
    changed meanwhile, that does not."""
    before = list(disc.log.leaves)
    disc.log.leaves += [leaf_hash(b"later %d" % number) for number in range(added)]
    if changed is not None:
        disc.log.leaves[changed] = leaf_hash(b"another")
    note, proof = disc.log.note(), disc.log.continues(len(before))
    disc.log.leaves = before
    hashes = [b64encode(each).decode() for each in proof]
    return {"old": len(before), "new": len(before) + added, "hashes": hashes, "checkpoint": note}
