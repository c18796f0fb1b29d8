"""A redaction report for a spreadsheet: one table, one row a thing, so that it can be sorted and filtered as it is.

With a mark at the start, so that spreadsheets read the letters right; no cell of it can be taken for a formula.
"""

import csv
from collections.abc import Iterator
from io import StringIO

from evidence.audit.redaction_report import Done, RedactionReport, Unchanged
from evidence.audit.redaction_times import Stretch
from evidence.audit.redaction_words import (
    NOWHERE,
    looked_words,
    place_stretch,
    place_words,
    reason_words,
    signed_words,
)
from evidence.custody.canonical import time_text
from evidence.http.csv_cells import plain_cell
from evidence.http.templatetags.words import timecode
from evidence.signoff.models import Decision, Place

COLUMNS = (
    "Part", "No.", "What", "Text", "From in the copy", "To in the copy", "From in the source", "To in the source",
    "First frame of the source", "Last frame of the source", "First frame of the copy", "Last frame of the copy",
    "Effect", "Why", "Reason code", "Found by", "Ordered by", "Decision", "Decided by", "Decided at (UTC)",
)  # fmt: skip
PARTS = {"kept": "Kept", "track": "Track", "picture": "Whole picture", "sound": "Sound"}
Row = dict[str, str]


def redaction_csv(report: RedactionReport) -> bytes:
    """The table, UTF-8."""
    sink = StringIO()
    writer = csv.writer(sink)
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow(plain_cell(row.get(column, "")) for column in COLUMNS)
    return sink.getvalue().encode("utf-8-sig")


def _rows(report: RedactionReport) -> Iterator[Row]:
    for name, text in _facts(report):
        yield {"Part": "Report", "What": name, "Text": text}
    for row in report.done:
        yield from _done(report, row)
    for number, each in enumerate(report.unchanged, start=1):
        yield _unchanged(number, each)
    if report.look is not None:
        for place in report.look.places:
            yield _place(place)
    for part, pairs in (("Settings", report.reach), ("Encoder", report.encoder), ("Tools", report.tools)):
        for name, text in pairs:
            yield {"Part": part, "What": name, "Text": text}


def _facts(report: RedactionReport) -> Iterator[tuple[str, str]]:
    copy = report.copy
    yield "Force", report.force
    yield "Working copy", f"{copy.label} ({copy.id})"
    yield "Made at (UTC)", time_text(copy.received_at)
    yield "Made by", report.copied_by
    yield "Why the copy was made", copy.reason
    for file in report.files:
        yield f"{file.what}, SHA-256", file.sha256
    yield "Recipe, SHA-256", report.recipe_sha256
    yield "Statement, SHA-256", report.statement_sha256
    yield "Frames of the copy", str(report.frames)
    yield "Frames identical to the source, bit for bit", str(report.frames_unchanged)
    yield "Looked at again", looked_words(report.look)
    yield "Sign-off", signed_words(report.look)
    if report.look is not None and report.look.sign_off is not None:
        signed = report.look.sign_off
        yield "Signed at (UTC)", time_text(signed.signed_at)
        yield "Signed list, SHA-256", signed.list_sha256
        yield "Note of the signer", signed.note
    yield "Report made at (UTC)", time_text(report.made_at)
    yield "Report made by", report.made_by.name
    yield "Reason for the report", reason_words(report)


def _done(report: RedactionReport, row: Done) -> Iterator[Row]:
    """A row for each time it is in the copy: what is shown twice was covered twice."""
    frames = row.where.frames
    common = {
        "Part": PARTS[row.part], "No.": str(row.number), "What": row.what, "Effect": row.effect, "Why": row.why,
        "Reason code": row.why_code, "Found by": row.found_by, "Ordered by": report.copied_by,
        "First frame of the source": str(frames[0]) if frames else "",
        "Last frame of the source": str(frames[1]) if frames else "",
        **_ends("source", row.where.source),
    }  # fmt: skip
    for place in row.where.copy or (None,):
        yield {**common, **(_ends("copy", place) or {"Text": NOWHERE})}


def _unchanged(number: int, each: Unchanged) -> Row:
    return {
        "Part": "Identical, bit for bit", "No.": str(number), "What": "Frames copied from the source",
        "First frame of the source": str(each.source[0]), "Last frame of the source": str(each.source[1]),
        "First frame of the copy": str(each.copy[0]), "Last frame of the copy": str(each.copy[1]), "Text": each.file,
    }  # fmt: skip


def _place(place: Place) -> Row:
    return {
        "Part": "Seen when looked at again", "No.": str(place.number), "What": place_words(place),
        **_ends("copy", place_stretch(place)), "First frame of the copy": str(place.first_frame),
        "Last frame of the copy": str(place.end_frame - 1), "Found by": place.found_by,
        "Decision": Decision(place.decision).label if place.decision else "Undecided", "Text": place.reason,
        "Decided by": place.decided_by.label if place.decided_by else "",
        "Decided at (UTC)": time_text(place.decided_at) if place.decided_at else "",
    }  # fmt: skip


def _ends(where: str, stretch: Stretch | None) -> Row:
    if stretch is None:
        return {}
    return {f"From in the {where}": timecode(stretch[0]), f"To in the {where}": timecode(stretch[1])}
