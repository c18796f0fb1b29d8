"""What the editor's pages are given: the recording's frame, the tasks, and the addresses that the player plays from.

A newcomer's trap: browsers may be shown a proxy. Its frames are numbered like the original's, unless it lost some; then
frames on the page would not be the frames that are cut, and only times are offered.
"""

from typing import Any

from evidence.editing.detectors import USUAL, detectors_offered
from evidence.editing.footage import Footage
from evidence.editing.queries import detections_of, standing_of
from evidence.editing.reasons import COVER_REASONS
from evidence.identity.who import Who
from evidence.recordings.hearing import hearing_context
from evidence.recordings.item import item_context
from evidence.recordings.media_views import media_path
from evidence.recordings.models import FileRole, PlaybackSession, Recording
from evidence.recordings.queries import Part, parts_of, role_exists

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


def player_context(
    recording: Recording, part: Part, opening: PlaybackSession, footage: Footage | None
) -> dict[str, Any]:
    """Addresses under the open session. `index_url` is empty where frames must not be named by the player."""
    base, number = media_path(opening.id), part.number
    index_role = FileRole.PROXY_INDEX if part.proxy else FileRole.INDEX
    has = {role: role_exists(recording, role, number) for role in (index_role, FileRole.STORYBOARD, FileRole.WAVEFORM)}
    return {
        "part": part,
        "opening": opening,
        "parts": [each for each in parts_of(recording) if each.viewing is not None],
        "src": f"{base}video/{number}",
        "index_url": f"{base}index/{number}" if has[index_role] and is_frame_for_frame(part) else "",
        "storyboard_url": f"{base}storyboard-map/{number}" if has[FileRole.STORYBOARD] else "",
        "storyboard_image_url": f"{base}storyboard/{number}" if has[FileRole.STORYBOARD] else "",
        "waveform_url": f"{base}waveform/{number}" if has[FileRole.WAVEFORM] else "",
        **hearing_context(recording, part, base),
        "watched_url": f"{base}watched/{number}",
        "footage": footage,
        "has_sound": footage is not None and footage.source.audio is not None,
        "cover_reasons": COVER_REASONS,
        "fast_not": fast_not(part),
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


def fast_not(part: Part) -> str:
    """Why nothing of this part can be copied bit for bit, for people; '' where it can, or nobody looked yet."""
    gop = (part.original.probe or {}).get("gop") or {}
    if gop.get("can_smart_render", True):
        return ""
    return f"This recording is encoded anew throughout, whatever is chosen here. {gop['because']}"


def is_frame_for_frame(part: Part) -> bool:
    """True when frame n on the page is frame n of the sealed file."""
    return part.proxy is None or bool((part.proxy.probe or {}).get("is_frame_for_frame"))
