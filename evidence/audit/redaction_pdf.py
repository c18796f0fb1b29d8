"""A redaction report on paper: the copy and its Master, who signed, what was done, what was not touched, what was seen.

Detectors are named by a letter and a number in the tables, for a SHA-256 in every row would leave no room to read.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable

from evidence.audit.redaction_report import Done, RedactionReport
from evidence.audit.redaction_words import (
    WATCHED,
    found_by_of,
    frames_words,
    looked_words,
    place_stretch,
    place_words,
    reason_words,
    signed_words,
    stretch_words,
    stretches_words,
)
from evidence.court.bundle.pdf import body, facts_table, heading, local_words, pdf_write, section, table, utc_words
from evidence.http.templatetags.words import duration
from evidence.signoff.models import Decision, Place

TITLE = "Redaction report"
_DONE = (("No.", "What", "In the copy", "In what it was made from", "Effect", "Why", "Found by"),)
_DONE_WIDTHS = (0.06, 0.15, 0.18, 0.22, 0.12, 0.17, 0.1)
_KEPT = (("No.", "In the copy", "In what it was made from"),)
_KEPT_WIDTHS = (0.06, 0.4, 0.54)
_SAME = (("Frames of the copy", "Are these frames of its source", "How many"),)
_SAME_WIDTHS = (0.36, 0.44, 0.2)
_SEEN = (("No.", "Seen", "In the copy", "Decided", "Why", "By"),)
_SEEN_WIDTHS = (0.06, 0.2, 0.2, 0.14, 0.22, 0.18)
_LETTERS = {"kept": "K", "track": "T", "picture": "P", "sound": "S"}
MARGINS = (
    "Times and frames are those of the recipe. Boxes and mutes reach further, by the margins that stand under "
    "'Settings and tools'. Frames are counted from 0, and both that are named are meant."
)
CHECK = (
    "The SHA-256 of both files can be computed with any tool. Which frames are the Master's bit for bit is proved from "
    "the two files and the provenance statement, with the product's own command: python -m workers.media verify MASTER "
    "COPY --statement STATEMENT. The SHA-256 of the recipe, of the statement and of the signed list stand in the "
    "custody record of the copy, where nobody can change them."
)


def redaction_pdf(report: RedactionReport) -> bytes:
    """The whole document."""
    detectors = _Detectors(report)
    story = [
        heading(TITLE),
        facts_table(list(_facts(report))),
        *_kept(report), *_done(report, detectors), *_unchanged(report), *_looked(report, detectors),
        *_section("Settings and tools"),
        facts_table([
            *report.reach, ("Encoder", _pairs(report.encoder)), *detectors.facts(), ("Tools", _pairs(report.tools)),
        ]),
        *_section("How to check this"),
        body(CHECK),
    ]  # fmt: skip
    footer = f"{TITLE}, made {utc_words(report.made_at)}"
    with TemporaryDirectory() as folder:
        out = Path(folder) / "report.pdf"
        pdf_write(out, title=TITLE, footer=footer, made_at=report.made_at, story=story)
        return out.read_bytes()


class _Detectors:
    """Short names for who found what: 'hand', 'D1', 'D2'."""

    def __init__(self, report: RedactionReport) -> None:
        found = [row.found_by for row in report.done]
        found += [place.found_by for place in report.look.places] if report.look else []
        if report.look:
            found += [found_by_of(row) for row in report.look.look.detectors]
        named = dict.fromkeys(each for each in found if each not in {"", "hand"})
        self._names = {each: f"D{number}" for number, each in enumerate(named, start=1)}

    def name(self, found_by: str) -> str:
        return {"hand": "By hand", "": ""}.get(found_by) or self._names.get(found_by, found_by)

    def facts(self) -> list[tuple[str, str]]:
        return [(f"Detector {name}", found_by) for found_by, name in self._names.items()]


def _section(text: str) -> Iterator[Flowable]:
    """A heading that does not stand alone at the foot of a page."""
    yield CondPageBreak(30 * mm)
    yield section(text)


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {value}" for name, value in pairs) or "none"


def _facts(report: RedactionReport) -> Iterator[tuple[str, str]]:
    copy = report.copy
    yield "Force", report.force
    yield "Working copy", f"{copy.label} ({copy.get_kind_display().lower()} {copy.id})"
    yield "Made", f"{utc_words(copy.received_at)} ({local_words(copy.received_at)}) by {report.copied_by}"
    yield "Why", copy.reason or "not said"
    yield "Sign-off", _sign_off(report)
    for file in report.files:
        yield f"{file.what}, SHA-256", file.sha256
    yield "Recipe, SHA-256", report.recipe_sha256
    if report.statement_sha256:
        yield "Statement, SHA-256", report.statement_sha256
    yield "Report made", f"{utc_words(report.made_at)} ({local_words(report.made_at)})"
    yield "Report made by", ", ".join(part for part in (report.made_by.name, report.post) if part)
    yield "Reason", reason_words(report)
    for finding in report.findings:
        yield "To know", finding


def _sign_off(report: RedactionReport) -> str:
    said = signed_words(report.look)
    signed = report.look.sign_off if report.look else None
    if signed is None:
        return said
    note = f" Note: {signed.note}" if signed.note else ""
    return (
        f"{said}, {utc_words(signed.signed_at)} ({local_words(signed.signed_at)}), who said that they had watched the "
        f"whole copy ({duration(signed.watched_ms / 1000)} of it was played to them on the force's pages). SHA-256 of "
        f"the list: {signed.list_sha256}.{note}"
    )


def _kept(report: RedactionReport) -> Iterator[Flowable]:
    rows = [row for row in report.done if row.part == "kept"]
    yield from _section("What was kept")
    yield table(
        [*_KEPT, *((_number(row), stretches_words(row.where.copy), _source(row)) for row in rows)], _KEPT_WIDTHS
    )


def _done(report: RedactionReport, detectors: _Detectors) -> Iterator[Flowable]:
    yield from _section("What was covered and muted")
    rows = [row for row in report.done if row.part != "kept"]
    if not rows:
        yield body("Nothing was covered or muted.")
        return
    yield body(f"All of it was ordered by {report.copied_by}. {MARGINS}")
    cells = [
        (
            _number(row), row.what, stretches_words(row.where.copy), _source(row), row.effect, row.why,
            detectors.name(row.found_by) if row.part == "track" else "By hand",
        )
        for row in rows
    ]  # fmt: skip
    yield table([*_DONE, *cells], _DONE_WIDTHS)


def _number(row: Done) -> str:
    return f"{_LETTERS[row.part]}{row.number}"


def _source(row: Done) -> str:
    return ", ".join(part for part in (stretch_words(row.where.source), frames_words(row.where.frames)) if part)


def _unchanged(report: RedactionReport) -> Iterator[Flowable]:
    yield from _section("Frames that were not touched")
    if not report.unchanged:
        yield body(f"None of the {report.frames:,} frames: the copy was encoded anew throughout.")
        return
    first = "the Master" if report.copy.parent and report.copy.parent.is_master else "the copy it was made from"
    yield body(
        f"{report.frames_unchanged:,} of {report.frames:,} frames are identical to {first}, bit for bit; the statement "
        "holds their hashes. The others were encoded anew."
    )
    rows = [
        (frames_words(each.copy), frames_words(each.source), f"{each.copy[1] - each.copy[0] + 1:,}")
        for each in report.unchanged
    ]
    yield table([*_SAME, *rows], _SAME_WIDTHS)


def _looked(report: RedactionReport, detectors: _Detectors) -> Iterator[Flowable]:
    yield from _section("What was looked at again")
    yield body(f"{looked_words(report.look)} {signed_words(report.look)}".rstrip(".") + f". {WATCHED}")
    if report.look is not None:
        looked = [detectors.name(found_by_of(each)) for each in report.look.look.detectors]
        if looked:
            yield body(f"Looked at by {', '.join(looked)} (look {report.look.look.number}).")
        for finding in report.look.look.findings:
            yield body(finding)
        if report.look.places:
            yield table([*_SEEN, *(_seen(place) for place in report.look.places)], _SEEN_WIDTHS)
    for look in report.earlier:
        signed = getattr(look, "sign_off", None)
        said = f", signed off by {signed.signed_by.label}, {utc_words(signed.signed_at)}" if signed else ""
        yield body(f"Look {look.number}, {utc_words(look.asked_at)}: {look.get_state_display().lower()}{said}.")


def _seen(place: Place) -> tuple[str, ...]:
    decided = Decision(place.decision).label if place.decision else "Undecided"
    by = f"{place.decided_by.label}, {utc_words(place.decided_at)}" if place.decided_by and place.decided_at else ""
    return (
        str(place.number), place_words(place), stretch_words(place_stretch(place)), decided, place.reason, by,
    )  # fmt: skip
