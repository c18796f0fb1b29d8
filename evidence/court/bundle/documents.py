"""The lists of all exhibits, and an exhibit's label. The continuity report is in `continuity`."""

import csv
from collections.abc import Iterator
from pathlib import Path

from evidence.court.bundle.facts import Bundle, Item
from evidence.court.bundle.pdf import facts_table, gap, heading, local_words, pdf_write, table, utc_words
from evidence.custody.words import seconds_words
from evidence.http.csv_cells import plain_cell
from workers.disc.label import PROTECTIVE_MARKING

_LIST_HEAD = ("Exhibit", "Description", "Recorded", "Length", "Produced by", "Disc", "File and SHA-256")
_COLUMNS = (
    "exhibit", "description", "kind", "producer", "produced_at_utc", "recorded_at_utc", "duration_s", "officer",
    "camera", "disc", "file", "size_bytes", "sha256", "note", "made_from",
)  # fmt: skip


def exhibit_list_pdf(out: Path, bundle: Bundle) -> None:
    """All exhibits of the set, and on which disc each file of them is."""
    rows = [_LIST_HEAD, *(row for item in bundle.items for row in _list_rows(bundle, item))]
    story = [
        heading(f"Exhibit list: {bundle.urn}"),
        facts_table([
            ("Case", f"{bundle.urn} {bundle.title}"), ("Force", bundle.force), ("Made for", bundle.recipient),
            ("Asked for", f"{asked_words(bundle)} by {bundle.asked_by}"),
            ("Discs", "; ".join(f"{disc.number}: {disc.volume_id}" for disc in bundle.discs)),
        ]),
        gap(),
        table(rows, (0.08, 0.2, 0.12, 0.08, 0.12, 0.07, 0.33)),
    ]  # fmt: skip
    pdf_write(out, title=f"Exhibit list {bundle.urn}", footer=foot(bundle), made_at=bundle.asked_at, story=story)


def _list_rows(bundle: Bundle, item: Item) -> Iterator[tuple[str, ...]]:
    """A row a file: what belongs to the exhibit stands in the first."""
    facts = (
        item.reference, f"{item.what}: {item.description}", local_words(item.recorded_at), length_words(item),
        item.producer,
    )  # fmt: skip
    for number, file in enumerate(item.files):
        first = facts if number == 0 else ("",) * len(facts)
        yield (
            *first,
            f"{file.disc_number} of {len(bundle.discs)}",
            f"{file.name} {file.sha256} {file.caution}".strip(),
        )


def exhibit_list_csv(out: Path, bundle: Bundle) -> None:
    """The same for programs: one line a file, UTF-8 with a mark so that spreadsheets read the letters right."""
    with out.open("w", encoding="utf-8-sig", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(_COLUMNS)
        for item in bundle.items:
            for file in item.files:
                writer.writerow(
                    plain_cell(str(cell))
                    for cell in (
                        item.reference, item.description, item.what, item.producer, item.produced_at.isoformat(),
                        item.recorded_at.isoformat(), "" if item.duration_s is None else f"{item.duration_s:.3f}",
                        item.officer, item.camera, file.disc_number, file.path, file.size_bytes, file.sha256,
                        file.note, item.steps[0].made_from,
                    )
                )  # fmt: skip


def exhibit_label(bundle: Bundle, item: Item) -> str:
    """The label that goes with the exhibit."""
    lines = [
        item.label,
        f"{item.what}: {item.description}",
        *([f"Made from {item.steps[0].made_from}"] if item.steps[0].made_from else []),
        *([f"Master {item.master}"] if item.master else []),
        f"URN {bundle.urn}",
        f"Recorded {local_words(item.recorded_at)}, {item.recorded_said}",
        *(f"{file.name} SHA-256 {file.sha256}" for file in item.files),
        PROTECTIVE_MARKING,
    ]
    return "".join(f"{line}\n" for line in lines)


def asked_words(bundle: Bundle) -> str:
    """When the discs were asked for, in both clocks."""
    return f"{utc_words(bundle.asked_at)} ({local_words(bundle.asked_at)})"


def length_words(item: Item) -> str:
    """How long it lasts; 'not known' is no still picture."""
    return "still picture" if item.is_still else seconds_words(item.duration_s) if item.duration_s else "not known"


def foot(bundle: Bundle) -> str:
    """What stands at the foot of every page."""
    return f"{bundle.urn}, asked for {utc_words(bundle.asked_at)}"
