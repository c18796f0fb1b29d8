"""Which detectors a person can choose: those that come with the product, and those of the force's own file.

Nothing is loaded here: a detector runs in the sandbox, and says there what it is. A newcomer's trap: an edition is no
identity. It only tells whether something found before would be found again; name, version and hash come from the look.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings

from evidence.editing.errors import EditRefused
from evidence.http.errors import Fault
from workers.media.detect.asking import EDITION, OWN_NAMES, config_rows
from workers.media.detect.errors import DetectorRefused

log = logging.getLogger(__name__)
USUAL = ("faces",)
FOR_KIND = {"face": "faces", "plate": "plates"}
"""Which detector helps to find a followed thing again, by what it is."""
LABELS = {
    "faces": ("Faces", "Of 720p, from about 14 pixels high."),
    "faces-quick": ("Faces, quickly", "Near faces only, from about 20 pixels; about half the time."),
    "faces-far": ("Faces, far ones too", "From about 10 pixels; about twice the time."),
    "plates": ("Number plates", "Near European plates; others often not."),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A detector that can be chosen. `row`: as the force's file has it; empty for those of the product."""

    name: str
    label: str
    hint: str
    row: Mapping[str, Any]


def detectors_offered() -> list[Offered]:
    """All there are, the product's own first. A file of the force that cannot be read is logged."""
    own = [Offered(name, *LABELS[name], {}) for name in OWN_NAMES]
    return [*own, *_configured()]


def detection_settings(names: Sequence[str]) -> dict[str, Any]:
    """What is asked of a look: canonical JSON values, the same for the same detectors whoever asks.

    Raises:
        EditRefused: none is named, or one that there is not.
    """
    known = {each.name: each for each in detectors_offered()}
    chosen = sorted(set(names))
    if not chosen:
        raise EditRefused([Fault("/detectors", "no-detector", "Choose what to look for.")])
    unknown = [name for name in chosen if name not in known]
    if unknown:
        detail = f"There is no detector called '{unknown[0][:64]}' here. There are: {', '.join(known)}."
        raise EditRefused([Fault("/detectors", "detector-unknown", detail)])
    rows = [{"name": name, "edition": _edition(known[name])} for name in chosen]
    return {"v": EDITION, "detectors": rows}


def detectors_rows(names: Sequence[str]) -> tuple[list[str], list[Mapping[str, Any]]]:
    """For the worker: the product's own among these names, and the rows of the force's file for the others.

    Raises:
        EditRefused: one is not there (any more).
    """
    known = {each.name: each for each in detectors_offered()}
    gone = [name for name in names if name not in known]
    if gone:
        detail = f"The detector '{gone[0][:64]}' is not there any more. Choose another, or ask the administrator."
        raise EditRefused([Fault("/detectors", "detector-unknown", detail)])
    return [name for name in names if not known[name].row], [known[name].row for name in names if known[name].row]


def _configured() -> Iterator[Offered]:
    if settings.DETECTORS_FILE is None:
        return
    try:
        rows = config_rows(Path(settings.DETECTORS_FILE).read_bytes())
    except (OSError, DetectorRefused) as error:
        log.warning("CONTINUITY_DETECTORS_FILE cannot be used: %s", error)
        return
    for row in rows:
        name = str(row.get("name") or row.get("factory") or "")[:64]
        if name and row["use"] not in OWN_NAMES and name not in OWN_NAMES:
            yield Offered(name, name, "The force's own.", row)


def _edition(offered: Offered) -> str:
    if not offered.row:
        return metadata.version(OWN_NAMES[offered.name])
    digest = hashlib.sha256(json.dumps(offered.row, sort_keys=True).encode())
    file = offered.row.get("file")
    if isinstance(file, str) and Path(file).is_file():
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()
