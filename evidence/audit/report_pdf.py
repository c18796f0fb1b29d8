"""A custody report on paper: what it is of, who made it and why, the checkpoint, how to verify it, then every line.

Names that people typed stand in the pages only: the document's own properties say no more than what kind it is.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from reportlab.platypus import Flowable

from evidence.audit.report import Report, ReportItem, ReportLine, ReportLog, ScopeKind
from evidence.audit.words import hashes_words
from evidence.cases.policy import KIND as CASE
from evidence.court.bundle.pdf import body, facts_table, heading, local_words, pdf_write, section, table, utc_words
from evidence.custody.words import line_words
from evidence.recordings.reasons import LABELS

TITLE = "Custody report"
_HEAD = ("No.", "When", "What happened", "State", "Leaf hash")
_WIDTHS = (0.05, 0.26, 0.39, 0.11, 0.19)
_FOUND_HEAD = ("Item and line", "When", "What happened", "State", "Leaf hash")
_FOUND_WIDTHS = (0.2, 0.18, 0.33, 0.11, 0.18)
_STATES = {"recorded": "Recorded", "sealed": "Sealed", "anchored": "Anchored"}
_OF = {ScopeKind.RECORDING: "Recording", ScopeKind.CASE: "Case", ScopeKind.SEARCH: "Search across the record"}
INSIDE = "Use inside the force. A court and the defence are given discs, with a continuity report of each exhibit."
_LEAVES = (
    "Each line is an entry of the force's log. Its leaf hash is SHA-256 of a zero byte and the line's exact text, so a "
    "line that was changed has another hash. The checkpoint is the signed state of the log: nothing under it can be "
    "changed, taken out or put in later without the signature failing."
)
_COMPARE = (
    "Compare key and root with what the force publishes at /log on its public site, or with a print of it from an "
    "earlier day. The same report as JSON carries what is needed to compute all of it without the force: the text of "
    "each line, what opens the names in it, and the proof that leads from the line to the checkpoint."
)
_STATES_SAID = (
    "Recorded: written, and not under this checkpoint yet. Sealed: under it. Anchored: somebody outside has vouched "
    "for a checkpoint over it as well."
)
_NOT_SHOWN = (
    "What this does not show: that a line is true (a person may have given a false reason, and the record says so "
    "faithfully), or that there is no line after the last one here."
)
HOW = (_LEAVES, _COMPARE, _STATES_SAID, _NOT_SHOWN)


def report_pdf(report: Report) -> bytes:
    """The whole document."""
    story = [
        heading(f"{TITLE}: {_of(report)}"),
        facts_table(list(_facts(report))),
        section("The log"),
        facts_table(list(_log_facts(report.log))),
        section("How to verify this"),
        *(body(text) for text in HOW),
        *(part for item in report.items for part in _item(item)),
        *(_found(report.lines) if report.scope.kind == ScopeKind.SEARCH else ()),
    ]
    footer = f"{TITLE}, made {utc_words(report.made_at)}"
    with TemporaryDirectory() as folder:
        out = Path(folder) / "report.pdf"
        pdf_write(out, title=TITLE, footer=footer, made_at=report.made_at, story=story)
        return out.read_bytes()


def _of(report: Report) -> str:
    return report.scope.title or "acts across the record"


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    scope, search = report.scope, report.scope.search
    yield "Force", report.force
    yield "Report of", f"{_OF[scope.kind]} {scope.id or ''}"
    if search is not None:
        yield "Acts of", f"{scope.person or 'a person'} ({search.actor})" if search.actor else "everybody"
        yield "Item", str(search.item) if search.item else "every item"
        yield "From", _moment(search.from_at) if search.from_at else "the beginning of the record"
        yield "Until", _moment(search.until_at) if search.until_at else "the time at which this was made"
    yield "Made", _moment(report.made_at)
    yield "Made by", ", ".join(part for part in (report.made_by.name, report.post) if part)
    yield "Reason", _reason(report)
    yield "For", INSIDE
    yield "Lines", f"{report.count:,}"
    if report.withholding:
        yield "Not shown", report.withholding


def _reason(report: Report) -> str:
    code, text = report.reason.code, report.reason.text
    label = "" if code == "other" and text else LABELS.get(code or "", code or "")
    return ": ".join(part for part in (label, text) if part)


def _moment(at: datetime) -> str:
    return f"{utc_words(at)} ({local_words(at)})"


def _log_facts(log: ReportLog | None) -> Iterator[tuple[str, str]]:
    if log is None:
        yield "Checkpoint", "Nothing has been signed yet; make the report again in a minute."
        return
    yield "Log", log.checkpoint.origin
    yield "Entries", f"{log.checkpoint.size:,}"
    yield "Root", log.checkpoint.root.hex()
    yield "Signed", _moment(log.signed_at)
    for key in log.keys:
        yield "Signed by", f"{key.name}, key id {key.key_id.hex()}"
    if log.problem:
        yield "Problem", log.problem


def _item(item: ReportItem) -> Iterator[Flowable]:
    yield section(_name(item))
    if not item.is_told:
        yield body("Its record is not for whoever made this report to read.")
        return
    yield body(f"{item.kind.capitalize()} {item.id}. {_count(item)}")
    for sha256 in item.sha256s:
        yield body(f"SHA-256 {sha256}")
    if item.lines:
        rows = [(str(line.seq), *_cells(line)) for line in item.lines]
        yield table([_HEAD, *rows], _WIDTHS)


def _name(item: ReportItem) -> str:
    if item.references:
        return f"Exhibit {', '.join(item.references)}{f': {item.title}' if item.title else ''}"
    return f"Case {item.title}" if item.kind == CASE else item.title


def _count(item: ReportItem) -> str:
    last = item.lines[-1].seq if item.lines else 0
    return f"Lines 1 to {last} without a gap." if last > 1 else "It has one line." if last else "It has no line yet."


def _found(lines: Sequence[ReportLine]) -> Iterator[Flowable]:
    yield section("Lines, first to last")
    if not lines:
        yield body("Nothing in the record matches that whoever made this report is shown.")
        return
    yield table([_FOUND_HEAD, *((_place(line), *_cells(line)) for line in lines)], _FOUND_WIDTHS)


def _place(shown: ReportLine) -> str:
    subject = shown.line.body["subject"] if shown.line else {}
    return f"{str(subject.get('kind', '')).capitalize()} {subject.get('id', '')}, line {shown.seq}"


def _cells(shown: ReportLine) -> tuple[str, str, str, str]:
    line = shown.line
    if line is None:
        return "", "Withheld", _STATES[shown.state], shown.leaf_sha256
    what = ". ".join(part for part in (line_words(line, LABELS), hashes_words(line)) if part)
    return f"{utc_words(line.at)} ({local_words(line.at)})", what, _STATES[shown.state], shown.leaf_sha256
