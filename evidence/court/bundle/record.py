"""An item's custody record as it leaves the force: JSON lines that verify offline, 1 to n without a gap.

A whole line carries the exact bytes that were hashed and, for the names in it, text and salt, so that anyone can check
the commitments. A withheld line carries its number, leaf hash and class only. Written reasons stay committed: they are
the force's own words, and a court may ask for them.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from evidence.court.leaving import withheld_as
from evidence.custody.models import Commitment
from evidence.custody.queries import Line
from evidence.custody.tree.checkpoint import Proof

_LEAF = b"\x00"
_OPENED = ("actor.name", "recipients.")
_AT_ONCE = 5_000


def leaf_hash(body: bytes) -> str:
    """RFC 6962 leaf: SHA-256(0x00 || body), hex."""
    return hashlib.sha256(_LEAF + body).hexdigest()


def record_jsonl(record: Sequence[Line], proofs: Mapping[UUID, Proof]) -> str:
    """One line an event, in order. Keys: `seq`, `leaf`, `withheld`, `proof` (that it is in the force's log, as a
    `.tlog-proof` file has it); whole ones also `body` and `texts` (and `erased`, where a text was), withheld ones also
    `class`."""
    opened = _texts(line.uuid for line in record if not withheld_as(line))
    shown = (_shown(line, opened) | {"proof": proofs[line.uuid].text} for line in record)
    return "".join(f"{json.dumps(each, ensure_ascii=False, sort_keys=True)}\n" for each in shown)


def erased_facts(line: Line) -> dict[str, Any]:
    """`erased`: by field, when and under what authority its text was erased; nothing where none was."""
    return {"erased": {name: gone.facts for name, gone in sorted(line.erased.items())}} if line.erased else {}


def withheld_runs(record: Sequence[Line]) -> str:
    """The numbers of the withheld lines for people: '2 to 5, 9'; '' when there are none."""
    runs: list[list[int]] = []
    for seq in (line.seq for line in record if withheld_as(line)):
        if runs and runs[-1][1] == seq - 1:
            runs[-1][1] = seq
        else:
            runs.append([seq, seq])
    return ", ".join(f"{first} to {last}" if first != last else str(first) for first, last in runs)


def _shown(line: Line, opened: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    facts: dict[str, Any] = {"seq": line.seq, "leaf": leaf_hash(line.raw), "withheld": bool(withheld_as(line))}
    if facts["withheld"]:
        return {**facts, "class": withheld_as(line)}
    return {**facts, "body": line.raw.decode(), "texts": opened.get(line.uuid, {}), **erased_facts(line)}


def _texts(events: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for asked in _chunks(list(events)):
        for row in Commitment.objects.filter(event__in=asked).order_by("field"):
            if row.field.startswith(_OPENED):
                text = {"salt": bytes(row.salt).hex(), "text": row.text}
                found.setdefault(row.event, {})[row.field] = text
    return found


def _chunks(events: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(events), _AT_ONCE):
        yield events[start : start + _AT_ONCE]
