"""What the editor's pages are given: the recording's frame, the tasks, and the addresses that the player plays from.

A newcomer's trap: browsers may be shown a proxy. Its frames are numbered like the original's, unless it lost some; then
frames on the page would not be the frames that are cut, and only times are offered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evidence.editing.detectors import USUAL, detectors_offered
from evidence.editing.errors import NotEditable
from evidence.editing.footage import NOT_JOINED, Film, film_of
from evidence.editing.queries import detections_of, standing_of
from evidence.editing.reasons import COVER_REASONS
from evidence.identity.who import Who
from evidence.recordings.hearing_page import hearing_context
from evidence.recordings.item import item_context
from evidence.recordings.joints import joints_of
from evidence.recordings.media_views import media_path
from evidence.recordings.models import PlaybackSession, Recording
from evidence.recordings.queries import Part, parts_of
from evidence.recordings.reel import part_addresses, reel_json

TASKS = (
    ("clip", "Clip", ""),
    ("redaction", "Redact", "redaction"),
    ("still", "Still", "still"),
    ("sheet", "Contact sheet", "sheet"),
    ("plain-mp4", "Plain MP4", "plain-mp4"),
)
PIXELATE_NOTE = (
    "Pixelation does not hide who somebody is from a person with pictures to compare: matching candidates through the "
    "same grid found the right person in 93 % of 280 trials. Use solid for anything that leaves the force."
)


def editor_context(who: Who, recording: Recording, task: str, **more: Any) -> dict[str, Any]:
    """Context of `editing/editor.html`."""
    base = f"/recordings/{recording.id}/edit/"
    tasks = [{"label": label, "href": f"{base}{path}", "active": key == task} for key, label, path in TASKS]
    title = next(label for key, label, _ in TASKS if key == task)
    return item_context(who, recording, "edit", tasks=tasks, task_title=title, pixelate_note=PIXELATE_NOTE, **more)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the page shows: `part` alone, or, where `number` is None, the whole recording, of which it is the first.

    `film` None: it cannot be cut, and `why_not` says why. `apart`: why the whole recording cannot be chosen.
    """

    part: Part
    number: int | None
    film: Film | None
    why_not: str = ""
    apart: str = ""


def part_chosen(recording: Recording, part: Part, apart: str = "") -> Chosen:
    """One part."""
    try:
        return Chosen(part, part.number, film_of(recording, part.number), apart=apart)
    except NotEditable as refused:
        return Chosen(part, part.number, None, refused.message, apart)


def whole_chosen(recording: Recording, parts: Sequence[Part]) -> Chosen:
    """The whole recording; its first part where the parts can only be edited one by one."""
    try:
        film = film_of(recording, None)
    except NotEditable as refused:
        return part_chosen(recording, parts[0], refused.message)
    odd = [part.number for part in parts if not is_frame_for_frame(part)]
    if odd:
        said = f"{NOT_JOINED} The copy shown of part {odd[0]} does not hold every frame of the original."
        return part_chosen(recording, parts[0], said)
    return Chosen(parts[0], None, film)


def chosen_of(recording: Recording, asked: str, *, is_by_part: bool = False) -> Chosen:
    """The part that was asked for; else the whole recording where it can be one film, else its first part."""
    parts = [part for part in parts_of(recording) if part.viewing is not None]
    named = next((part for part in parts if str(part.number) == asked), None)
    if named is None and len(parts) > 1 and not is_by_part:
        return whole_chosen(recording, parts)
    return part_chosen(recording, named or parts[0])


def player_context(recording: Recording, chosen: Chosen, opening: PlaybackSession) -> dict[str, Any]:
    """Addresses under the open session. `index_url` is empty where frames must not be named by the player."""
    base, part, film = media_path(opening.id), chosen.part, chosen.film
    every = parts_of(recording)
    parts = [each for each in every if each.viewing is not None]
    addresses = part_addresses(recording, part, base)
    return {
        **addresses,
        "index_url": addresses["index_url"] if is_frame_for_frame(part) else "",
        "part": part,
        "is_whole": chosen.number is None,
        "may_follow": chosen.number is not None,
        "apart": chosen.apart,
        "opening": opening,
        "parts": parts,
        "joints": joints_of(recording, every),
        "reel": reel_json(recording, opening) if chosen.number is None else "",
        "footage": film,
        "has_sound": film is not None and film.has_sound,
        "part_query": f"?part={part.number}" if chosen.number is not None and len(parts) > 1 else "",
        **hearing_context(recording, [part] if chosen.number is not None else parts, base),
        "cover_reasons": COVER_REASONS,
        "fast_not": fast_not([part] if chosen.number is not None else parts),
    }


def finding_context(who: Who, recording: Recording, part: Part) -> dict[str, Any]:
    """What was found in a part, for `editing/_found.html`: the look last asked for, and what can be looked for."""
    looked = detections_of(who, recording, part.number).first()
    chosen = looked.names if looked is not None else USUAL
    offered = detectors_offered()
    labels = {each.name: each.label for each in offered}
    return {
        "looked": looked,
        "looked_names": ", ".join(labels.get(name, name) for name in chosen),
        "standing": standing_of(looked) if looked is not None else None,
        "detectors": [
            {
                "value": each.name, "text": each.label, "hint": each.hint, "checked": each.name in chosen,
                "attributes": {"form": "find-form"},
            }
            for each in offered
        ],
    }  # fmt: skip


def fast_not(parts: Sequence[Part]) -> str:
    """Why nothing of these parts can be copied bit for bit, for people; '' where it can, or nobody looked yet."""
    for part in parts:
        gop = (part.original.probe or {}).get("gop") or {}
        if not gop.get("can_smart_render", True):
            which = f" (part {part.number})" if len(parts) > 1 else ""
            return f"This recording is encoded anew throughout, whatever is chosen here. {gop['because']}{which}"
    return ""


def is_frame_for_frame(part: Part) -> bool:
    """True when frame n on the page is frame n of the sealed file."""
    return part.proxy is None or bool((part.proxy.probe or {}).get("is_frame_for_frame"))
