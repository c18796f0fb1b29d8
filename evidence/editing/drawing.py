"""Draft version 1: what a person has drawn, read strictly from the JSON that the page or a program sends.

`{v, tracks: [{id, kind, effect, reason, keyframes: [{frame, x, y, w, h, outside}], end}], mutes: [{start_frame,
end_frame, reason}], frames: [{start_frame, end_frame, effect}], segments: [{start_frame, end_frame}]}`, in numbers of
frames, ends not included. A track that a machine found or followed has `samples` too, each `[frame, x, y, w, h]`, or
`[frame]` from where it is not in the picture; key frames override them. One that was found says by whom in `found_by`
and names its finds in `found`. Only the form is read here; whether it fits is for `recipes` and services to say.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from evidence.editing.errors import EditRefused
from evidence.editing.stretches import Frames
from evidence.http.errors import Fault
from workers.media.recipe_draft import DraftTrack, KeyFrame
from workers.media.recipe_model import PictureEffect, TrackEffect, TrackKind

VERSION = 1
EMPTY: dict[str, Any] = {"v": VERSION, "tracks": [], "mutes": [], "frames": [], "segments": []}
ROWS_MAX = 5_000
SAMPLES_MAX = 100_000
HAND = "hand"
NAMES = {
    "face": "Face", "person": "Person", "plate": "Number plate", "screen": "Screen", "document": "Document",
    "other": "Other",
}  # fmt: skip
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mute:
    """Frames during which nothing is heard, and why."""

    frames: Frames
    reason: str


@dataclass(frozen=True, slots=True)
class Cover:
    """Frames whose whole picture is covered."""

    frames: Frames
    effect: PictureEffect


@dataclass(frozen=True, slots=True)
class Drawing:
    """A draft. `segments` empty: the whole recording is kept. `finds`: for each track the finds that it is made of."""

    tracks: tuple[DraftTrack, ...] = ()
    mutes: tuple[Mute, ...] = ()
    covers: tuple[Cover, ...] = ()
    segments: tuple[Frames, ...] = ()
    finds: tuple[tuple[str, ...], ...] = ()


class _Wrong(Exception):
    def __init__(self, pointer: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(pointer, code, detail)


def drawing_read(content: object) -> Drawing:
    """The draft in plain JSON values.

    Raises:
        EditRefused: it is not a draft of version 1; every fault of its form is told.
    """
    if not isinstance(content, Mapping):
        raise EditRefused([Fault("", "not-a-draft", "The draft must be a JSON object.")])
    version = content.get("v", VERSION)
    if version != VERSION or isinstance(version, bool):
        detail = (
            f"This drawing was made by another version of the page ({str(version)[:20]}; this one knows {VERSION}). "
            "Reload the page and draw it again."
        )
        raise EditRefused([Fault("/v", "other-version", detail)])
    # a part that is skipped in silence would leave somebody's face in the picture
    faults = [
        Fault(f"/{name[:40]}", "unknown-part", f"A draft has no part called '{name[:40]}'.")
        for name in sorted(set(map(str, content)) - set(EMPTY))
    ]
    tracks = list(_rows(content, "tracks", _track, faults))
    drawing = Drawing(
        tracks=tuple(track for track, _ in tracks),
        mutes=tuple(_rows(content, "mutes", _mute, faults)),
        covers=tuple(_rows(content, "frames", _cover, faults)),
        segments=tuple(_rows(content, "segments", _frames, faults)),
        finds=tuple(finds for _, finds in tracks),
    )
    if faults:
        raise EditRefused(faults)
    return drawing


def track_name(track: DraftTrack) -> str:
    """As the page calls it: 'Face 1'."""
    number = track.id[1:] if track.id[:1] == "t" else track.id
    return f"{NAMES[track.kind]} {number}"


def _rows(content: Mapping[str, Any], name: str, read: Callable[[Any, str], T], faults: list[Fault]) -> Iterator[T]:
    rows = content.get(name, [])
    if not isinstance(rows, list) or len(rows) > ROWS_MAX:
        faults.append(Fault(f"/{name}", "not-a-list", f"'{name}' must be a list of at most {ROWS_MAX:,} things."))
        return
    for at, row in enumerate(rows):
        try:
            yield read(row, f"/{name}/{at}")
        except _Wrong as wrong:
            faults.append(wrong.fault)


def _track(row: Any, pointer: str) -> tuple[DraftTrack, tuple[str, ...]]:
    names = {"id", "kind", "effect", "reason", "keyframes", "end", "samples", "found", "found_by"}
    given = _object(row, pointer, names)
    keys, samples = given.get("keyframes", []), given.get("samples", [])
    if not isinstance(keys, list) or not isinstance(samples, list) or (not keys and not samples):
        raise _Wrong(f"{pointer}/keyframes", "no-box", "A track without a box covers nothing. Draw one, or remove it.")
    if len(keys) > ROWS_MAX or len(samples) > SAMPLES_MAX:
        raise _Wrong(f"{pointer}/keyframes", "too-many", "This track has more boxes than can be kept. Split it.")
    end = given.get("end")
    track = DraftTrack(
        id=_word(given, "id", pointer),
        kind=_choice(given, "kind", get_args(TrackKind), pointer),
        shape="box",
        effect=_choice(given, "effect", get_args(TrackEffect), pointer),
        reason=_word(given, "reason", pointer),
        keys=_keys(keys, samples, pointer),
        end_frame=None if end is None else _whole(given, "end", pointer),
        found_by=_word(given, "found_by", pointer) if "found_by" in given else HAND,
    )
    return track, tuple(_finds(given.get("found", []), pointer))


def _keys(keys: list[Any], samples: list[Any], pointer: str) -> tuple[KeyFrame, ...]:
    """A person's key frames and a machine's samples in one row; where both name a frame, the person's counts."""
    drawn = [_key(key, f"{pointer}/keyframes/{at}") for at, key in enumerate(keys)]
    if not samples:
        return tuple(drawn)
    seen = [_sample(sample, f"{pointer}/samples/{at}") for at, sample in enumerate(samples)]
    both = {key.frame: key for key in (*seen, *drawn)}
    return tuple(both[frame] for frame in sorted(both))


def _sample(row: Any, pointer: str) -> KeyFrame:
    is_row = isinstance(row, list) and len(row) in {1, 5}
    if not is_row or not all(type(number) is int and abs(number) <= 2**31 for number in row):
        raise _Wrong(pointer, "not-a-sample", f"{pointer} must be [frame, x, y, w, h] or [frame], in whole numbers.")
    if len(row) == 1:
        return KeyFrame(frame=row[0], box=None, outside=True)
    frame, x, y, w, h = row
    return KeyFrame(frame=frame, box=(x, y, w, h))


def _finds(rows: Any, pointer: str) -> Iterator[str]:
    if not isinstance(rows, list) or len(rows) > ROWS_MAX or not all(isinstance(row, str) for row in rows):
        raise _Wrong(f"{pointer}/found", "not-a-list", f"'found' of {pointer} must be a list of finds by their ids.")
    yield from rows


def _key(row: Any, pointer: str) -> KeyFrame:
    given = _object(row, pointer, {"frame", "x", "y", "w", "h", "outside"})
    is_outside = given.get("outside", False)
    if not isinstance(is_outside, bool):
        raise _Wrong(f"{pointer}/outside", "not-a-truth", "'outside' is true or false.")
    frame = _whole(given, "frame", pointer)
    if is_outside:
        return KeyFrame(frame=frame, box=None, outside=True)
    x, y, w, h = (_whole(given, name, pointer) for name in ("x", "y", "w", "h"))
    return KeyFrame(frame=frame, box=(x, y, w, h))


def _mute(row: Any, pointer: str) -> Mute:
    given = _object(row, pointer, {"start_frame", "end_frame", "reason"})
    return Mute(frames=_span(given, pointer), reason=_word(given, "reason", pointer))


def _cover(row: Any, pointer: str) -> Cover:
    given = _object(row, pointer, {"start_frame", "end_frame", "effect"})
    return Cover(frames=_span(given, pointer), effect=_choice(given, "effect", get_args(PictureEffect), pointer))


def _frames(row: Any, pointer: str) -> Frames:
    return _span(_object(row, pointer, {"start_frame", "end_frame"}), pointer)


def _span(given: Mapping[str, Any], pointer: str) -> Frames:
    return _whole(given, "start_frame", pointer), _whole(given, "end_frame", pointer)


def _object(row: Any, pointer: str, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise _Wrong(pointer, "not-an-object", f"{pointer} must be a JSON object.")
    unknown = sorted(str(name)[:40] for name in set(row) - names)
    if unknown:
        raise _Wrong(pointer, "unknown-part", f"{pointer} has parts that are not known: {', '.join(unknown)}.")
    return row


def _whole(given: Mapping[str, Any], name: str, pointer: str) -> int:
    value = given.get(name)
    if type(value) is not int or abs(value) > 2**31:
        raise _Wrong(f"{pointer}/{name}", "not-whole", f"'{name}' of {pointer} must be a whole number.")
    return value


def _word(given: Mapping[str, Any], name: str, pointer: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        said = "Say why it is covered: choose a reason." if name == "reason" else f"'{name}' of {pointer} is missing."
        raise _Wrong(f"{pointer}/{name}", "missing", said)
    return value


def _choice(given: Mapping[str, Any], name: str, choices: tuple[Any, ...], pointer: str) -> Any:
    value = given.get(name)
    if not isinstance(value, str) or value not in choices:
        said = f"'{name}' of {pointer} must be one of {', '.join(choices)}."
        raise _Wrong(f"{pointer}/{name}", "not-a-choice", said)
    return value
