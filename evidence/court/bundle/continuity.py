"""The continuity report of an exhibit: its files, what was done to make it, and its record and its Master's.

It says nothing that the record does not bear out, and nothing about looks either way: those are always withheld from
what leaves the force.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from reportlab.platypus import Flowable

from evidence.court.bundle.documents import asked_words, foot, length_words
from evidence.court.bundle.facts import Bundle, Item, Step
from evidence.court.bundle.pdf import body, facts_table, heading, local_words, pdf_write, section, table, utc_words
from evidence.court.bundle.record import withheld_runs
from evidence.court.leaving import withheld_as
from evidence.custody.queries import Line
from evidence.custody.words import deed_words

_FILES_HEAD = ("File", "Disc", "What it is", "Bytes", "SHA-256")
_STEPS_HEAD = ("Step", "Sealed", "SHA-256 of the file", "Recipe's SHA-256")
_DEEDS_HEAD = ("What was done", "In the time of what it was made from", "Recorded, by the camera's clock")
_RECORD_HEAD = ("No.", "When", "Who", "What")
ALWAYS_WITHHELD = (
    "Consultations, and lines about who inside the force was given or refused access, are always withheld from what "
    "leaves the force. A withheld line stands in the record file with its number and leaf hash, so that nothing can be "
    "left out unseen; a court can ask for it."
)


def continuity_pdf(out: Path, bundle: Bundle, item: Item, records: Sequence[tuple[Step, Sequence[Line]]]) -> None:
    """Write the report. `records`: the custody record of each step of the item, the exhibit's own first."""
    count = len(bundle.discs)
    files = [
        (each.name, f"{each.disc_number} of {count}", each.note, str(each.size_bytes), each.sha256)
        for each in item.files
    ]
    story = [
        heading(f"Continuity report: exhibit {item.reference}"),
        facts_table(list(_facts(bundle, item))),
        section("Files of the exhibit"),
        table([_FILES_HEAD, *files], (0.22, 0.07, 0.26, 0.11, 0.34)),
        section("From the exhibit back to the original"),
        table([_STEPS_HEAD, *(row for step in item.steps for row in _step_rows(step))], (0.3, 0.18, 0.3, 0.22)),
        *(part for step in item.steps for part in _made(step)),
        section("Who held, changed and passed it on"),
        body(f"The record stands here as it stood when the discs were asked for, {asked_words(bundle)}."),
        body(ALWAYS_WITHHELD),
        *(part for step, record in records for part in _record(step, record)),
    ]
    pdf_write(
        out, title=f"Continuity report {item.reference} {bundle.urn}", footer=f"{item.reference}, {foot(bundle)}",
        made_at=bundle.asked_at, story=story,
    )  # fmt: skip


def _facts(bundle: Bundle, item: Item) -> Iterator[tuple[str, str]]:
    yield "Case", f"{bundle.urn} {bundle.title}"
    yield "Exhibit", f"{item.reference}: {item.description}"
    yield "What it is", item.what
    if item.steps[0].made_from:
        yield "Made from", item.steps[0].made_from
    if item.master:
        yield "Master", item.master
    yield "Produced by", f"{item.producer}, {utc_words(item.produced_at)}"
    yield "Recorded", f"{utc_words(item.recorded_at)} ({local_words(item.recorded_at)}), {item.recorded_said}"
    if item.camera_clock:
        yield "Camera's clock", item.camera_clock
    yield "Officer", item.officer
    yield "Camera", item.camera
    yield "Incident", item.incident_ref or "none given"
    yield "Length", length_words(item)
    yield "On disc", f"{item.discs} of {len(bundle.discs)}"
    yield "Made for", bundle.recipient


def _step_rows(step: Step) -> Iterator[tuple[str, str, str, str]]:
    """A row a file: a Master may have many parts."""
    first = (f"{step.what} {step.recording_id}, {step.made}", utc_words(step.sealed_at))
    for number, sha256 in enumerate(step.sha256s or ("",)):
        recipe = step.recipe_sha256 or "none"
        yield (*first, sha256, recipe) if number == 0 else ("", "", sha256, "")


def _made(step: Step) -> Iterator[Flowable]:
    if not step.deeds:
        return
    yield section(f"What was done to make the {step.what.lower()} {step.recording_id}")
    yield body(f"Made from {step.made_from}. Its recipe and provenance statement are in metadata/recipes.")
    rows = [(deed.what, deed.where, deed.when) for deed in step.deeds]
    yield table([_DEEDS_HEAD, *rows], (0.4, 0.24, 0.36))


def _record(step: Step, record: Sequence[Line]) -> Iterator[Flowable]:
    yield section(f"Record of the {step.what.lower()} {step.recording_id}")
    withheld = withheld_runs(record)
    said = f" Withheld: lines {withheld}." if withheld else ""
    yield body(f"{len(record)} lines.{said}")
    rows = [
        (str(line.seq), f"{utc_words(line.at)} ({local_words(line.at)})", line.actor_name, deed_words(line))
        for line in record
        if not withheld_as(line)
    ]
    yield table([_RECORD_HEAD, *rows], (0.07, 0.31, 0.22, 0.4))
