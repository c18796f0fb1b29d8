"""The documents on a disc: exhibit list (PDF and CSV), a continuity report for each exhibit, and its label."""

import csv
from pathlib import Path

from evidence.court.bundle.facts import Bundle, Item
from evidence.court.bundle.pdf import (
    body,
    facts_table,
    gap,
    heading,
    local_words,
    pdf_write,
    section,
    table,
    utc_words,
)
from evidence.court.bundle.record import withheld_runs
from evidence.custody.queries import Line
from evidence.custody.words import deed_words, leaves_force, seconds_words
from workers.disc.label import PROTECTIVE_MARKING

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LIST_HEAD = ("Exhibit", "Description", "Recorded", "Length", "Produced by", "Disc", "File and SHA-256")
_FILES_HEAD = ("File", "What it is", "Bytes", "SHA-256")
_COLUMNS = (
    "exhibit", "description", "kind", "producer", "produced_at_utc", "recorded_at_utc", "duration_s", "officer",
    "camera", "disc", "file", "size_bytes", "sha256",
)  # fmt: skip
_WITHHELD = (
    "Who of the force looked at it, and refused attempts to, are withheld from reports that leave the force: lines {} "
    "of {}. Their hashes stand in the record file, so that nothing can be left out unseen; a court can ask for them."
)


def exhibit_list_pdf(out: Path, bundle: Bundle) -> None:
    """All exhibits of the set, and on which disc each is."""
    rows = [_LIST_HEAD, *(_list_row(bundle, item) for item in bundle.items)]
    story = [
        heading(f"Exhibit list: {bundle.urn}"),
        facts_table([
            ("Case", f"{bundle.urn} {bundle.title}"), ("Force", bundle.force), ("Made for", bundle.recipient),
            ("Made", f"{utc_words(bundle.made_at)} ({local_words(bundle.made_at)}) by {bundle.made_by}"),
            ("Discs", "; ".join(f"{disc.number}: {disc.volume_id}" for disc in bundle.discs)),
        ]),
        gap(),
        table(rows, (0.08, 0.2, 0.12, 0.08, 0.12, 0.07, 0.33)),
    ]  # fmt: skip
    pdf_write(out, title=f"Exhibit list {bundle.urn}", footer=_foot(bundle), made_at=bundle.made_at, story=story)


def _list_row(bundle: Bundle, item: Item) -> tuple[str, ...]:
    return (
        item.reference,
        f"{item.what}: {item.description}",
        local_words(item.recorded_at),
        _length(item),
        item.producer,
        f"{item.disc_number} of {len(bundle.discs)}",
        " ".join(f"{file.name} {file.sha256}" for file in item.files),
    )


def exhibit_list_csv(out: Path, bundle: Bundle) -> None:
    """The same for programs: one line a file, UTF-8 with a mark so that spreadsheets read the letters right."""
    with out.open("w", encoding="utf-8-sig", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(_COLUMNS)
        for item in bundle.items:
            for file in item.files:
                writer.writerow(
                    _plain_cell(str(cell))
                    for cell in (
                        item.reference, item.description, item.what, item.producer, item.produced_at.isoformat(),
                        item.recorded_at.isoformat(), "" if item.duration_s is None else f"{item.duration_s:.3f}",
                        item.officer, item.camera, item.disc_number, file.path, file.size_bytes, file.sha256,
                    )
                )  # fmt: skip


def continuity_pdf(out: Path, bundle: Bundle, item: Item, record: list[Line]) -> None:
    """Who held, changed and passed on the item, and that others looked; its hashes; its line back to the Master."""
    files = [_FILES_HEAD, *((each.name, each.note, str(each.size_bytes), each.sha256) for each in item.files)]
    steps = [("Step", "Sealed", "SHA-256 of the file", "Recipe's SHA-256")]
    steps += [
        (f"{step.what}, {step.made}", utc_words(step.sealed_at), " ".join(step.sha256s), step.recipe_sha256 or "none")
        for step in item.steps
    ]
    held = [("No.", "When", "Who", "What")]
    held += [
        (str(line.seq), f"{utc_words(line.at)} ({local_words(line.at)})", line.actor_name, deed_words(line))
        for line in record
        if leaves_force(line)
    ]
    withheld = withheld_runs(record)
    story = [
        heading(f"Continuity report: exhibit {item.reference}"),
        facts_table(_facts(bundle, item)),
        section("Files on the disc"),
        table(files, (0.22, 0.3, 0.12, 0.36)),
        section("From the exhibit back to the original"),
        table(steps, (0.3, 0.18, 0.3, 0.22)),
        section("Who held, changed and passed it on"),
        body(f"The record has {item.record_length} lines up to the making of this report."),
        body(_WITHHELD.format(withheld, item.record_length) if withheld else "Nobody has looked at it yet."),
        table(held, (0.07, 0.31, 0.22, 0.4)),
    ]  # fmt: skip
    pdf_write(
        out, title=f"Continuity report {item.reference} {bundle.urn}", footer=f"{item.reference}, {_foot(bundle)}",
        made_at=bundle.made_at, story=story,
    )  # fmt: skip


def exhibit_label(bundle: Bundle, item: Item) -> str:
    """The label that goes with the exhibit."""
    lines = [
        item.label,
        f"{item.what}: {item.description}",
        f"URN {bundle.urn}",
        f"Recorded {local_words(item.recorded_at)}",
        *(f"{file.name} SHA-256 {file.sha256}" for file in item.files),
        PROTECTIVE_MARKING,
    ]
    return "".join(f"{line}\n" for line in lines)


def _facts(bundle: Bundle, item: Item) -> list[tuple[str, str]]:
    source = {"declared": "by the camera's dock", "file": "from the file itself"}.get(
        item.recorded_at_source, "the time it was received: the camera gave none"
    )
    return [
        ("Case", f"{bundle.urn} {bundle.title}"),
        ("Exhibit", f"{item.reference}: {item.description}"),
        ("What it is", item.what),
        ("Produced by", f"{item.producer}, {utc_words(item.produced_at)}"),
        ("Recorded", f"{utc_words(item.recorded_at)} ({local_words(item.recorded_at)}), {source}"),
        ("Officer", item.officer),
        ("Camera", item.camera),
        ("Incident", item.incident_ref or "none given"),
        ("Length", _length(item)),
        ("On disc", f"{item.disc_number} of {len(bundle.discs)}"),
        ("Made for", bundle.recipient),
    ]


def _length(item: Item) -> str:
    return "still picture" if not item.is_film else seconds_words(item.duration_s) if item.duration_s else "not known"


def _foot(bundle: Bundle) -> str:
    return f"{bundle.urn}, made {utc_words(bundle.made_at)}"


def _plain_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
