"""Everything on a data disc but the exhibits' own files: documents, record, index page, README, bundle.json.

Written into the tree that becomes the disc; the handler puts the files of the exhibits beside it and makes it a bag.
A newcomer's trap: whatever is written here must depend on the set alone, or two makings of it differ.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from evidence.court.bundle.continuity import continuity_pdf
from evidence.court.bundle.documents import exhibit_label, exhibit_list_csv, exhibit_list_pdf
from evidence.court.bundle.facts import Bundle, Item, Step, record_lines
from evidence.court.bundle.made import summary_of
from evidence.court.bundle.pdf import local_words, utc_words
from evidence.court.bundle.record import leaf_hash, record_jsonl
from evidence.court.bundle.seal import Seal
from evidence.court.contents import FAST_CAUTION
from evidence.court.leaving import withheld_as
from evidence.custody.canonical import canonical_bytes, time_text
from evidence.custody.queries import Line
from workers.disc.label import PROTECTIVE_MARKING

BUNDLE_VERSION = 3
LIST_PDF, LIST_CSV = "data/documents/exhibit-list.pdf", "data/documents/exhibit-list.csv"


CHECKPOINT, KEYS = "metadata/custody/checkpoint", "metadata/custody/log.vkey"
TIMESTAMP, STAMPED = "metadata/custody/checkpoint.tsr", "metadata/custody/checkpoint.stamped"
VERIFY = "verify.py"


def documents_write(root: Path, bundle: Bundle, seal: Seal, number: int) -> None:
    """Write all of it for disc `number` of the set."""
    for folder in ("data/documents", "metadata/custody", "metadata/recipes"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    exhibit_list_pdf(root / LIST_PDF, bundle)
    exhibit_list_csv(root / LIST_CSV, bundle)
    heads = {item.reference: _item_write(root, bundle, seal, item) for item in bundle.on_disc(number)}
    (root / "metadata" / "bundle.json").write_bytes(canonical_bytes(_described(bundle, seal, number, heads)))
    (root / CHECKPOINT).write_text(seal.checkpoint, encoding="utf-8")
    if seal.timestamp:
        (root / TIMESTAMP).write_bytes(seal.timestamp)
        if seal.stamped != seal.checkpoint:
            (root / STAMPED).write_text(seal.stamped, encoding="utf-8")
    (root / KEYS).write_text("".join(f"{key}\n" for key in seal.keys), encoding="utf-8")
    (root / VERIFY).write_bytes(Path(__file__).with_name(VERIFY).read_bytes())
    context = _context(bundle, seal, number)
    (root / "index.html").write_text(render_to_string("court/disc/index.html", context), encoding="utf-8")
    (root / "README.txt").write_text(render_to_string("court/disc/README.txt", context), encoding="utf-8")


def report_path(item: Item) -> str:
    """Where an exhibit's continuity report lies, from the disc's root."""
    return f"data/documents/continuity-{item.folder}.pdf"


def label_path(item: Item) -> str:
    """Where its label lies."""
    return f"data/exhibits/{item.folder}/{item.folder}_label.txt"


def record_path(step: Step) -> str:
    """Where the custody record of an exhibit, or of something it was made from, lies."""
    return f"metadata/custody/{step.name}.events.jsonl"


def recipe_path(step: Step) -> str:
    """Where the recipe of a working copy lies: its SHA-256 is the one in the custody record."""
    return f"metadata/recipes/{step.name}.recipe.json"


def statement_path(step: Step) -> str:
    """Where its provenance statement lies."""
    return f"metadata/recipes/{step.name}.statement.json"


def bag_info(bundle: Bundle, number: int) -> Mapping[str, str]:
    """Fields of bag-info.txt."""
    return {
        "Source-Organization": bundle.force,
        "External-Identifier": f"{bundle.urn}_{bundle.set_id}",
        "External-Description": f"Exhibits of case {bundle.urn} for {bundle.recipient}. {PROTECTIVE_MARKING}",
        "Bag-Group-Identifier": str(bundle.set_id),
        "Bag-Count": f"{number} of {len(bundle.discs)}",
    }


def _item_write(root: Path, bundle: Bundle, seal: Seal, item: Item) -> list[dict[str, object]]:
    """Report, label, records and recipes of one exhibit; returns where each record ends."""
    records = [(step, record_lines(step)) for step in item.steps]
    continuity_pdf(root / report_path(item), bundle, item, records)
    label = root / label_path(item)
    label.parent.mkdir(parents=True, exist_ok=True)
    label.write_text(exhibit_label(bundle, item), encoding="utf-8")
    for step, record in records:
        (root / record_path(step)).write_text(record_jsonl(record, seal.proofs), encoding="utf-8")
        for path, content in ((recipe_path(step), step.recipe), (statement_path(step), step.statement)):
            if content:
                (root / path).write_bytes(content)
    return [_head(step, record) for step, record in records]


def _head(step: Step, record: Sequence[Line]) -> dict[str, object]:
    return {
        "path": record_path(step),
        "recording": str(step.recording_id),
        "lines": len(record),
        "withheld": sum(bool(withheld_as(line)) for line in record),
        "last_leaf": leaf_hash(record[-1].raw) if record else None,
    }


def _described(bundle: Bundle, seal: Seal, number: int, heads: Mapping[str, Sequence[object]]) -> dict[str, object]:
    return {
        "v": BUNDLE_VERSION, "bundle": str(bundle.set_id), "asked_for_at": time_text(bundle.asked_at),
        "force": bundle.force, "urn": bundle.urn, "recipient": bundle.recipient, "marking": PROTECTIVE_MARKING,
        "disc": number, "log": {"origin": seal.origin, "checkpoint": CHECKPOINT, "keys": KEYS},
        "discs": [
            {"number": disc.number, "volume_id": disc.volume_id, "exhibits": list(disc.references)}
            for disc in bundle.discs
        ],
        "exhibits": [_exhibit(item, heads.get(item.reference)) for item in bundle.items],
    }  # fmt: skip


def _exhibit(item: Item, records: Sequence[object] | None) -> dict[str, object]:
    """`records`: the exhibit's own first, then of what it was made from; null where it is on other discs only."""
    return {
        "reference": item.reference, "discs": list(item.disc_numbers), "description": item.description,
        "producer": item.producer, "produced_at": time_text(item.produced_at), "kind": item.what,
        "recording": str(item.recording_id), "recorded_at": time_text(item.recorded_at),
        "recorded_at_source": item.recorded_said, "camera_clock": item.camera_clock or None,
        "duration_ms": None if item.duration_s is None else round(item.duration_s * 1000),
        "files": [
            {
                "path": file.path, "disc": file.disc_number, "size_bytes": file.size_bytes, "sha256": file.sha256,
                "media_type": file.media_type, "is_original": file.is_original, "is_playable": file.is_playable,
            }
            for file in item.files
        ],
        "made": _made(item.steps[0]),
        "made_from": [
            {"what": step.what, "recording": str(step.recording_id), "sha256": list(step.sha256s)} | _made(step)
            for step in item.steps[1:]
        ],
        "records": None if records is None else list(records),
    }  # fmt: skip


def _made(step: Step) -> dict[str, object]:
    """Recipe and statement of a working copy; all null for a Master."""
    return {
        "recipe": recipe_path(step) if step.recipe else None, "recipe_sha256": step.recipe_sha256 or None,
        "statement": statement_path(step) if step.statement else None,
        "statement_sha256": sha256(step.statement).hexdigest() if step.statement else None,
    }  # fmt: skip


def _context(bundle: Bundle, seal: Seal, number: int) -> dict[str, object]:
    own = next(disc for disc in bundle.discs if disc.number == number)
    items = bundle.on_disc(number)
    return {
        "bundle": bundle, "seal": seal, "disc": own, "of": len(bundle.discs), "marking": PROTECTIVE_MARKING,
        "list_pdf": LIST_PDF, "list_csv": LIST_CSV, "items": [_linked(item, number) for item in items],
        "elsewhere": [
            {"item": item, "discs": ", ".join(map(str, others))}
            for item in bundle.items
            if (others := [each for each in item.disc_numbers if each != number])
        ],
        # the words about films have to be true of the films that are here
        "is_plain": all(file.caution in {"", FAST_CAUTION} for item in items for file in item.files_on(number)),
        "has_c2pa": settings.C2PA_FILES is not None and any(item.steps[0].recipe for item in items),
        "asked_utc": utc_words(bundle.asked_at), "asked_local": local_words(bundle.asked_at),
    }  # fmt: skip


def _linked(item: Item, number: int) -> dict[str, object]:
    return {
        "item": item, "files": item.files_on(number), "recorded": local_words(item.recorded_at),
        "made": summary_of(item.steps[0].deeds), "report": report_path(item), "label": label_path(item),
        "records": [{"what": step.what, "path": record_path(step)} for step in item.steps],
        "recipes": [recipe_path(item.steps[0]), statement_path(item.steps[0])] if item.steps[0].recipe else [],
    }  # fmt: skip
