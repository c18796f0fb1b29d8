"""Everything on a data disc but the exhibits' own files: documents, record, index page, README, bundle.json.

Written into the tree that becomes the disc; the handler puts the files of the exhibits beside it and makes it a bag.
A newcomer's trap: whatever is written here must depend on the set alone, or two makings of it differ.
"""

from collections.abc import Mapping
from pathlib import Path

from django.template.loader import render_to_string

from evidence.court.bundle.documents import continuity_pdf, exhibit_label, exhibit_list_csv, exhibit_list_pdf
from evidence.court.bundle.facts import Bundle, Item, record_lines
from evidence.court.bundle.pdf import local_words, utc_words
from evidence.court.bundle.record import leaf_hash, record_jsonl
from evidence.custody.canonical import canonical_bytes, time_text
from evidence.custody.words import leaves_force
from workers.disc.label import PROTECTIVE_MARKING

BUNDLE_VERSION = 1
LIST_PDF, LIST_CSV = "data/documents/exhibit-list.pdf", "data/documents/exhibit-list.csv"


def documents_write(root: Path, bundle: Bundle, number: int) -> None:
    """Write all of it for disc `number` of the set."""
    for folder in ("data/documents", "metadata/custody"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    exhibit_list_pdf(root / LIST_PDF, bundle)
    exhibit_list_csv(root / LIST_CSV, bundle)
    heads: dict[str, object] = {}
    for item in bundle.on_disc(number):
        heads[item.reference] = _item_write(root, bundle, item)
    (root / "metadata" / "bundle.json").write_bytes(canonical_bytes(_described(bundle, number, heads)))
    context = _context(bundle, number)
    (root / "index.html").write_text(render_to_string("court/disc/index.html", context), encoding="utf-8")
    (root / "README.txt").write_text(render_to_string("court/disc/README.txt", context), encoding="utf-8")


def report_path(item: Item) -> str:
    """Where an exhibit's continuity report lies, from the disc's root."""
    return f"data/documents/continuity-{item.folder}.pdf"


def label_path(item: Item) -> str:
    """Where its label lies."""
    return f"data/exhibits/{item.folder}/{item.folder}_label.txt"


def record_path(item: Item) -> str:
    """Where its custody record lies."""
    return f"metadata/custody/{item.folder}.events.jsonl"


def bag_info(bundle: Bundle, number: int) -> Mapping[str, str]:
    """Fields of bag-info.txt."""
    return {
        "Source-Organization": bundle.force,
        "External-Identifier": f"{bundle.urn}_{bundle.set_id}",
        "External-Description": f"Exhibits of case {bundle.urn} for {bundle.recipient}. {PROTECTIVE_MARKING}",
        "Bag-Group-Identifier": str(bundle.set_id),
        "Bag-Count": f"{number} of {len(bundle.discs)}",
    }


def _item_write(root: Path, bundle: Bundle, item: Item) -> dict[str, object]:
    """Report, label and record of one exhibit; returns where its record ends."""
    record = record_lines(item)
    continuity_pdf(root / report_path(item), bundle, item, record)
    label = root / label_path(item)
    label.parent.mkdir(parents=True, exist_ok=True)
    label.write_text(exhibit_label(bundle, item), encoding="utf-8")
    (root / record_path(item)).write_text(record_jsonl(record), encoding="utf-8")
    return {
        "lines": len(record),
        "withheld": sum(not leaves_force(line) for line in record),
        "last_leaf": leaf_hash(record[-1].raw) if record else None,
    }


def _described(bundle: Bundle, number: int, heads: Mapping[str, object]) -> dict[str, object]:
    return {
        "v": BUNDLE_VERSION, "bundle": str(bundle.set_id), "made_at": time_text(bundle.made_at),
        "force": bundle.force, "urn": bundle.urn, "recipient": bundle.recipient, "marking": PROTECTIVE_MARKING,
        "disc": number,
        "discs": [
            {"number": disc.number, "volume_id": disc.volume_id, "exhibits": list(disc.references)}
            for disc in bundle.discs
        ],
        "exhibits": [_exhibit(item, heads.get(item.reference)) for item in bundle.items],
    }  # fmt: skip


def _exhibit(item: Item, record: object) -> dict[str, object]:
    return {
        "reference": item.reference, "disc": item.disc_number, "description": item.description,
        "producer": item.producer, "produced_at": time_text(item.produced_at), "kind": item.what,
        "recording": str(item.recording_id), "recorded_at": time_text(item.recorded_at),
        "duration_ms": None if item.duration_s is None else round(item.duration_s * 1000),
        "files": [
            {
                "path": file.path, "size_bytes": file.size_bytes, "sha256": file.sha256,
                "media_type": file.media_type, "is_original": file.is_original,
            }
            for file in item.files
        ],
        "made_from": [
            {"what": step.what, "sha256": list(step.sha256s), "recipe_sha256": step.recipe_sha256 or None}
            for step in item.steps[1:]
        ],
        "record": record,
    }  # fmt: skip


def _context(bundle: Bundle, number: int) -> dict[str, object]:
    own = next(disc for disc in bundle.discs if disc.number == number)
    return {
        "bundle": bundle, "disc": own, "of": len(bundle.discs), "marking": PROTECTIVE_MARKING,
        "list_pdf": LIST_PDF, "list_csv": LIST_CSV, "items": [_linked(item) for item in bundle.on_disc(number)],
        "elsewhere": [item for item in bundle.items if item.disc_number != number],
        "made_utc": utc_words(bundle.made_at), "made_local": local_words(bundle.made_at),
    }  # fmt: skip


def _linked(item: Item) -> dict[str, object]:
    return {
        "item": item, "recorded": local_words(item.recorded_at), "report": report_path(item),
        "label": label_path(item), "record": record_path(item),
    }  # fmt: skip
