"""A redaction report for programs, version 1: times in whole milliseconds (cut, not rounded), frames counted from 0.

With a signature comes the signed list whole, as its hash was taken: canonical JSON of `list` has `list_sha256`.
"""

import json
from typing import Any

from evidence.audit.redaction_report import Done, RedactionReport
from evidence.audit.redaction_times import Stretch
from evidence.custody.canonical import time_text
from evidence.signoff.listing import list_of
from evidence.signoff.queries import Listed

VERSION = 1


def redaction_json(report: RedactionReport) -> bytes:
    """The whole document, UTF-8."""
    copy = report.copy
    told = {
        "v": VERSION, "force": report.force, "made_at": time_text(report.made_at),
        "made_by": {"name": report.made_by.name, "post": report.post},
        "reason": {"code": report.reason.code, "text": report.reason.text},
        "copy": {
            "recording": str(copy.id), "kind": copy.kind, "title": copy.title, "made_at": time_text(copy.received_at),
            "made_by": report.copied_by, "reason": copy.reason, "recipe_sha256": report.recipe_sha256,
            "statement_sha256": report.statement_sha256 or None, "frames": report.frames,
        },
        "files": [
            {"what": file.what, "recording": str(file.recording), "sha256": file.sha256} for file in report.files
        ],
        "done": [_done(row) for row in report.done],
        "identical": [
            {"copy": list(each.copy), "source": list(each.source), "file": each.file} for each in report.unchanged
        ],
        "settings": [{"name": name, "value": value} for name, value in (*report.reach, *report.encoder)],
        "tools": [{"name": name, "version": version} for name, version in report.tools],
        "findings": list(report.findings),
        "is_signed_off": bool(report.look and report.look.sign_off),
        "look": _look(report.look) if report.look else None,
        "earlier_looks": [
            {"number": look.number, "state": look.state, "asked_at": time_text(look.asked_at)}
            for look in report.earlier
        ],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _done(row: Done) -> dict[str, Any]:
    return {
        "part": row.part, "number": row.number, "what": row.what, "effect": row.effect or None,
        "reason_code": row.why_code or None, "reason": row.why or None, "found_by": row.found_by or None,
        "source_ms": _ms(row.where.source), "source_frames": list(row.where.frames) if row.where.frames else None,
        "copy_ms": [_ms(each) for each in row.where.copy],
    }  # fmt: skip


def _ms(stretch: Stretch | None) -> list[int] | None:
    return [int(edge * 1000) for edge in stretch] if stretch else None


def _look(look: Listed) -> dict[str, Any]:
    signed = look.sign_off
    return {
        "list": list_of(look.look, look.places, look.file), "list_sha256": look.sha256,
        "people": {str(place.decided_by_id): place.decided_by.label for place in look.places if place.decided_by},
        "sign_off": signed and {
            "signed_by": signed.signed_by.label, "person": str(signed.signed_by_id),
            "signed_at": time_text(signed.signed_at), "list_sha256": signed.list_sha256,
            "watched_ms": signed.watched_ms, "note": signed.note or None, "event": str(signed.event),
        },
    }  # fmt: skip
