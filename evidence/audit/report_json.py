"""A custody report as JSON, version 1: `docs/integrators.md` says what each field means.

Keys are sorted and nothing stands between them, so the same report is the same bytes. Texts are never changed on the
way, not even to a canonical form: each must still open its commitment.
"""

import json
from collections.abc import Sequence
from typing import Any

from evidence.audit.report import WITHHELD, Report, ReportItem, ReportLine, ReportLog, Scope
from evidence.court.bundle.record import erased_facts
from evidence.custody.canonical import time_text
from evidence.custody.words import line_words
from evidence.recordings.reasons import LABELS

VERSION = 1
MARKING = "OFFICIAL-SENSITIVE"


def report_json(report: Report) -> bytes:
    """The whole document, UTF-8."""
    told = {
        "v": VERSION, "kind": "custody-report", "marking": MARKING, "force": report.force,
        "made_at": time_text(report.made_at),
        "made_by": {"id": str(report.made_by.id), "name": report.made_by.name, "post": report.post},
        "reason": {"code": report.reason.code, "text": report.reason.text},
        "scope": _scope(report.scope), "withholding": report.withholding or None, "log": _log(report.log),
        "items": [_item(item) for item in report.items], "lines": _lines(report.lines),
    }  # fmt: skip
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _scope(scope: Scope) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": scope.kind.value, "id": str(scope.id) if scope.id else None}
    return {**said, **scope.search.data} if scope.search else said


def _log(log: ReportLog | None) -> dict[str, Any] | None:
    if log is None:
        return None
    return {
        "origin": log.checkpoint.origin, "size": log.checkpoint.size, "root": log.checkpoint.root.hex(),
        "signed_at": time_text(log.signed_at), "checkpoint": log.note, "keys": [key.text for key in log.keys],
        "problem": log.problem or None,
    }  # fmt: skip


def _item(item: ReportItem) -> dict[str, Any]:
    return {
        "kind": item.kind, "id": str(item.id) if item.id else None, "title": item.title,
        "exhibits": list(item.references), "sha256": list(item.sha256s), "told": item.is_told,
        "lines": _lines(item.lines),
    }  # fmt: skip


def _lines(lines: Sequence[ReportLine]) -> list[dict[str, Any]]:
    return [_line(line) for line in lines]


def _line(shown: ReportLine) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "seq": shown.seq, "leaf": shown.leaf_sha256, "withheld": shown.line is None, "state": shown.state,
        "proof": shown.proof,
    }  # fmt: skip
    line = shown.line
    if line is None:
        return {**facts, "class": WITHHELD}
    words = line_words(line, LABELS)
    return {**facts, "body": line.raw.decode(), "texts": shown.texts, "words": words, **erased_facts(line)}
