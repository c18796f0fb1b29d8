"""What the C2PA manifest beside a working copy says: what it was made from, what was done, and where that is on record.

C2PA names a parent without a manifest of its own without its hash. So an assertion of our own carries the hashes of
everything in the line up to the Master, and the custody event that sealed the copy. Only working copies have one: of a
Master the force can only say what its custody record says anyway.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from evidence.court.bundle.c2pa_actions import actions_of
from evidence.court.bundle.facts import Bundle, Item, ItemFile, Step, record_lines
from evidence.court.bundle.record import leaf_hash
from evidence.court.bundle.seal import Seal
from evidence.custody.canonical import time_text
from evidence.custody.verbs import Verb
from evidence.recordings.models import Recording

_PARENT = "parent"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The manifest of one file, still to be signed. `path` from the disc's root; `sha256` of the file, hex."""

    path: str
    sha256: str
    definition: dict[str, Any]


def claims(bundle: Bundle, seal: Seal, number: int) -> Iterator[Claim]:
    """One for each working copy on disc `number`, of the very bytes that were sealed.

    Raises:
        VaultUnavailable: the frame index of something that was cut cannot be read now.
    """
    for item in bundle.on_disc(number):
        if item.steps[0].recipe:
            for file in item.files_on(number):
                if file.is_original:
                    yield Claim(path=_path(file), sha256=file.sha256, definition=_definition(item, file, seal))


def _path(file: ItemFile) -> str:
    return f"metadata/c2pa/{PurePosixPath(file.name).stem}.c2pa"


def _definition(item: Item, file: ItemFile, seal: Seal) -> dict[str, Any]:
    step = item.steps[0]
    recording = Recording.objects.select_related("parent").get(pk=step.recording_id)
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [_PARENT]}}
    actions = {"actions": [opened, *actions_of(recording)], "allActionsIncluded": True}
    return {
        "title": file.name, "format": file.media_type, "claim_generator_info": [{"name": "Continuity"}],
        "ingredients": [{
            "label": _PARENT, "relationship": "parentOf", "title": step.made_from,
            "instance_id": f"urn:uuid:{recording.parent_id}",
        }],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": actions},
            {"label": custody_label(seal.origin), "data": _custody(item, file, seal, recording)},
        ],
    }  # fmt: skip


def custody_label(origin: str) -> str:
    """The name of our own assertion: the custody record's host backwards, as C2PA wants it (`uk.police.custody`)."""
    host = origin.split("/", 1)[0]
    return ".".join([*reversed(re.findall(r"[A-Za-z0-9-]+", host)), "custody"])


def _custody(item: Item, file: ItemFile, seal: Seal, recording: Recording) -> dict[str, Any]:
    step = item.steps[0]
    return {
        "v": 1, "log": seal.origin, "recording": str(step.recording_id), "sha256": file.sha256,
        "sealed_at": time_text(step.sealed_at), "sealed_by_event": _sealing(step),
        "recipe_sha256": step.recipe_sha256, "source_sha256": recording.parent_sha256,
        "sources_sha256": list(recording.parents_sha256),
        "made_from": [
            {"what": each.what, "recording": str(each.recording_id), "sha256": list(each.sha256s)}
            for each in item.steps[1:]
        ],
        "tools": json.loads(step.statement).get("tools", []) if step.statement else [],
    }  # fmt: skip


def _sealing(step: Step) -> dict[str, str] | None:
    """The event that sealed the copy and its leaf in the log; None where the set's record does not reach it."""
    found = (line for line in record_lines(step) if line.verb == Verb.COPY_SEALED)
    return next(({"id": str(line.uuid), "leaf": leaf_hash(line.raw)} for line in found), None)
