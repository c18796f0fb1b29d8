"""Steps on the film itself: upload, playable, review, clip, redaction, still. Each yields what others' tools found."""

import base64
import json
import mimetypes
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from config.walkthrough import checks
from config.walkthrough.checks import Check, check, equal, not_applicable
from config.walkthrough.client import Site, wait_for
from config.walkthrough.walk import Walk, job_wait
from workers.media.frame_index import FrameIndex

MUTED_DB = -80.0
FLAT_LUMA = 3
"""A solid fill decodes to one colour; the encoder may leave a step or two."""
REASON = {"reason_code": "technical", "reason_text": "Walkthrough of the installation"}


def upload(walk: Walk) -> Iterator[Check]:
    """A dock sends the file by tus and gets a signed receipt."""
    sha256 = checks.sha256sum(walk.file)
    metadata = {
        "filename": walk.file.name, "filetype": mimetypes.guess_type(walk.file.name)[0] or "application/octet-stream",
        "sha256": sha256, "camera": "CTY-0001", "officer": "4312",
        "recorded_at": (datetime.now(UTC) - timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    location = walk.docks.tus_upload(walk.file, metadata)

    def receipt() -> Any:
        answer = walk.docks.call("GET", f"{location.rstrip('/')}/receipt", ok=(200, 202))
        return answer.json() if answer.status_code == 200 else None

    signed = wait_for("the signed receipt", receipt)
    walk.recording = signed["receipt"]["recording"]
    yield check("receipt names the file's SHA-256", lambda: equal(signed["receipt"]["sha256"], sha256))
    yield check("receipt's Ed25519 signature holds", lambda: _signature_holds(walk.docks, signed))


def _signature_holds(docks: Site, signed: dict[str, Any]) -> bool:
    keys = {key["key_id"]: key["public_key"] for key in docks.get("/api/v1/keys")["keys"]}
    text = json.dumps(signed["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys[signed["key_id"]]))
    public.verify(base64.b64decode(signed["signature"]), text.encode())
    return True


def playable(walk: Walk) -> Iterator[Check]:
    """The recording becomes playable."""

    def state() -> Any:
        found = walk.force.get(f"/api/v1/recordings/{walk.recording}")
        return found if found["state"] in {"playable", "not-playable"} else None

    walk.facts = wait_for("the recording to be playable", state)
    yield check("it can be played", lambda: equal(walk.facts["state"], "playable"))
    yield check("its length is what ffprobe says", lambda: _same_length(walk))


def _same_length(walk: Walk) -> bool | str:
    expected = float(checks.ffprobe(walk.file, "-show_format")["format"]["duration"])
    found = walk.facts["duration_s"]
    return True if abs(found - expected) < 1 else f"{found} s here, {expected} s there"


def review(walk: Walk) -> Iterator[Check]:
    """Open it with a reason, fetch a range, be refused a range beyond its end."""
    opened = walk.force.post(f"/api/v1/recordings/{walk.recording}/playbacks", REASON)
    walk.index = FrameIndex.parse(walk.force.call("GET", opened["index"]).content)
    size = walk.file.stat().st_size
    start = size // 2
    part = walk.force.call("GET", opened["video"], headers={"Range": f"bytes={start}-{start + 9999}"}, ok=(206, 416))
    with walk.file.open("rb") as file:
        file.seek(start)
        expected = file.read(10_000)
    is_proxy = any(item["role"] == "proxy" for item in walk.facts["files"])
    if is_proxy:
        yield not_applicable("a range is the file's own bytes", "browsers cannot play it; a proxy is played")
    else:
        yield check("a range is the file's own bytes (206)", lambda: part.content == expected)
    beyond = walk.force.call("GET", opened["video"], headers={"Range": f"bytes={2**50}-"}, ok=(200, 206, 416))
    yield check("a range beyond the end is refused (416)", lambda: equal(beyond.status_code, 416))
    walk.force.post(opened["watched"], {"stretches": [{"start_s": 0, "end_s": 1.5}]})
    walk.force.call("POST", opened["close"])
    walk.force.download(f"/api/v1/recordings/{walk.recording}/download", walk.original)
    yield check("the Master comes back bit for bit", lambda: equal(_sha(walk.original), _sha(walk.file)))
    yield check(
        "our index counts ffprobe's frames",
        lambda: equal(walk.frames.frame_count, len(checks.frame_times(walk.file))),
    )


def _sha(path: Path) -> str:
    return checks.sha256sum(path)


def _copy(walk: Walk, path: str, kind: str, body: dict[str, Any], out: Path) -> dict[str, Any]:
    """Ask for a working copy, wait for it, fetch it."""
    job = walk.force.post(f"/api/v1/recordings/{walk.recording}/{path}", {**body, "reason": "Walkthrough"})
    job_wait(walk.force, job)

    def found() -> Any:
        rows = walk.force.get(f"/api/v1/recordings/{walk.recording}/copies")
        made = [row for row in rows if row["kind"] == kind]
        return made[0] if made and made[0]["state"] in {"playable", "not-playable"} else None

    copy: dict[str, Any] = wait_for(f"the {kind}", found)
    walk.copies[kind] = copy["id"]
    walk.force.download(f"/api/v1/recordings/{copy['id']}/download", out)
    return copy


def clip(walk: Walk) -> Iterator[Check]:
    """Cut the middle third."""
    first, end = walk.thirds
    out = walk.out / "clip.mp4"
    _copy(walk, "clips", "clip", {"segments": [{"start_frame": first, "end_frame": end}]}, out)
    yield check("ffprobe counts exactly the frames asked for", lambda: equal(len(checks.frame_times(out)), end - first))
    yield check("every frame keeps its time", lambda: _times_kept(walk, out, first, end))


def _times_kept(walk: Walk, out: Path, first: int, end: int) -> bool | str:
    times = checks.frame_times(out)
    source = [Fraction(walk.frames.seconds_of(number)) for number in range(first, end)]
    worst = max(abs((a - times[0]) - (b - source[0])) for a, b in zip(times, source, strict=True))
    return True if worst < Fraction(1, 1000) else f"off by {float(worst):.4f} s"


def redaction(walk: Walk) -> Iterator[Check]:
    """Cover a box for the middle third and mute it."""
    first, end = walk.thirds
    width, height = walk.facts["width"], walk.facts["height"]
    box = {"x": width // 4, "y": height // 4, "w": width // 4, "h": height // 4}
    has_audio = bool(walk.facts["has_audio"])
    draft = {
        "v": 1,
        "tracks": [{
            "id": "t1", "kind": "other", "effect": "solid", "reason": "privacy",
            "keyframes": [{"frame": first, **box, "outside": False}], "end": end,
        }],
        "mutes": [{"start_frame": first, "end_frame": end, "reason": "privacy"}] if has_audio else [],
        "frames": [], "segments": [],
    }  # fmt: skip
    out = walk.out / "redacted.mp4"
    _copy(walk, "redactions", "redaction", {"draft": draft}, out)
    inner = (box["x"] + 4, box["y"] + 4, box["w"] - 8, box["h"] - 8)
    middle = float(walk.frames.seconds_of((first + end) // 2))
    yield check("the box is one flat colour", lambda: _flat(out, middle, inner))
    yield check(
        "ffprobe counts every frame of the Master", lambda: equal(len(checks.frame_times(out)), walk.frames.frame_count)
    )
    expected = ["audio", "video"] if has_audio else ["video"]
    yield check(
        "it carries one picture track, at most one sound track, nothing else",
        lambda: equal(sorted(stream["codec_type"] for stream in checks.streams(out)), expected),
    )
    if not has_audio:
        yield not_applicable("the muted stretch is silent", "there is no sound")
        return
    start_s, end_s = float(walk.frames.seconds_of(first)), float(walk.frames.seconds_of(end - 1))
    yield check("the muted stretch is silent", lambda: _silent(out, start_s, end_s))


def _silent(out: Path, start_s: float, end_s: float) -> bool | str:
    loudest = checks.volume_max_db(out, start_s, end_s)
    return True if loudest < MUTED_DB else f"{loudest} dB"


def _flat(path: Path, at_s: float, box: tuple[int, int, int, int]) -> bool | str:
    spread = checks.box_spread(path, at_s, box)
    return True if spread <= FLAT_LUMA else f"luma differs by {spread} inside the box"


def still(walk: Walk) -> Iterator[Check]:
    """Take one frame as a picture."""
    out = walk.out / "still.png"
    _copy(walk, "stills", "still", {"frame": walk.thirds[0]}, out)
    expected = [("png", walk.facts["width"], walk.facts["height"])]
    yield check("ffprobe sees a PNG of the displayed size", lambda: equal(
        [(found["codec_name"], found["width"], found["height"]) for found in checks.streams(out)], expected
    ))  # fmt: skip
