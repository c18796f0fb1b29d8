"""The steps of the walk, in order. Each does one thing a user does, through HTTP, and has others' tools look at it."""

import base64
import json
import mimetypes
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from config.walkthrough import checks
from config.walkthrough.checks import Check, check, equal, not_applicable
from config.walkthrough.client import Site, WalkFailed, wait_for
from workers.media.frame_index import FrameIndex

MUTED_DB = -80.0
FLAT_LUMA = 3
"""A solid fill decodes to one colour; the encoder may leave a step or two."""
REASON = {"reason_code": "technical", "reason_text": "Walkthrough of the installation"}


@dataclass
class Walk:
    """What the walk knows so far. `officer` and the others are signed-in sites; ids are filled as steps make them."""

    file: Path
    out: Path
    force: Site
    docks: Site
    share: Site
    burn: Callable[[str, Path], None]
    recording: str = ""
    index: FrameIndex | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    discs: dict[str, list[Path]] = field(default_factory=dict)

    @property
    def frames(self) -> FrameIndex:
        """The frame index of the Master.

        Raises:
            WalkFailed: the review step did not get it.
        """
        if self.index is None:
            raise WalkFailed("There is no frame index: the recording was not opened.")
        return self.index

    @property
    def thirds(self) -> tuple[int, int]:
        """First frame of the middle third, and of the last."""
        count = self.frames.frame_count
        return count // 3, max(count // 3 + 1, 2 * count // 3)

    @property
    def original(self) -> Path:
        """The Master as it came back."""
        return self.out / f"original{self.file.suffix.lower() or '.bin'}"


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
    expected = float(checks.ffprobe(walk.file, "-show_format")["format"]["duration"])
    yield check(
        "its length is what ffprobe says",
        lambda: True if abs(walk.facts["duration_s"] - expected) < 1 else f"{walk.facts['duration_s']} s, {expected} s",
    )


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
    walk.force.post(opened["watched"], {"stretches": [[0, 1.5]]})
    walk.force.call("POST", opened["close"])
    walk.force.download(f"/api/v1/recordings/{walk.recording}/download", walk.original)
    yield check("the Master comes back bit for bit", lambda: equal(_sha(walk.original), _sha(walk.file)))
    times = checks.frame_times(walk.file)
    yield check("our index counts ffprobe's frames", lambda: equal(walk.frames.frame_count, len(times)))


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


def job_wait(site: Site, job: dict[str, Any]) -> dict[str, Any]:
    """Wait for a job's end.

    Raises:
        WalkFailed: it failed or was cancelled; says what the job said.
    """

    def ended() -> Any:
        row = site.get(f"/api/v1/jobs/{job['id']}")
        return row if row["finished_at"] else None

    row: dict[str, Any] = wait_for(f"job {job.get('kind', '')}", ended)
    if row["state"] != "succeeded":
        raise WalkFailed(f"Job {row['kind']} ended as {row['state']}: {row['error']}")
    return row


def clip(walk: Walk) -> Iterator[Check]:
    """Cut the middle third."""
    first, end = walk.thirds
    out = walk.out / "clip.mp4"
    _copy(walk, "clips", "clip", {"segments": [{"start_frame": first, "end_frame": end}]}, out)
    times = checks.frame_times(out)
    source = [Fraction(walk.frames.seconds_of(number)) for number in range(first, end)]
    yield check("ffprobe counts exactly the frames asked for", lambda: equal(len(times), end - first))
    gaps = [abs((a - times[0]) - (b - source[0])) for a, b in zip(times, source, strict=False)]
    yield check(
        "every frame keeps its time", lambda: True if max(gaps) < Fraction(1, 1000) else f"off by {max(gaps)} s"
    )


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
    kinds = sorted(stream["codec_type"] for stream in checks.streams(out))
    yield check("it carries one picture track, at most one sound track, nothing else",
                lambda: equal(kinds, ["audio", "video"] if has_audio else ["video"]))  # fmt: skip
    if not has_audio:
        yield not_applicable("the muted stretch is silent", "there is no sound")
        return
    start_s, end_s = float(walk.frames.seconds_of(first)), float(walk.frames.seconds_of(end - 1))
    loudest = checks.volume_max_db(out, start_s, end_s)
    yield check("the muted stretch is silent", lambda: True if loudest < MUTED_DB else f"{loudest} dB")


def _flat(path: Path, at_s: float, box: tuple[int, int, int, int]) -> bool | str:
    spread = checks.box_spread(path, at_s, box)
    return True if spread <= FLAT_LUMA else f"luma differs by {spread} inside the box"


def still(walk: Walk) -> Iterator[Check]:
    """Take one frame as a picture."""
    out = walk.out / "still.png"
    _copy(walk, "stills", "still", {"frame": walk.thirds[0]}, out)
    found = checks.streams(out)[0]
    yield check("ffprobe sees a PNG of the displayed size", lambda: equal(
        (found["codec_name"], found["width"], found["height"]), ("png", walk.facts["width"], walk.facts["height"])
    ))  # fmt: skip


def share(walk: Walk) -> Iterator[Check]:
    """Send a link to somebody outside, open it as they would, then take it back."""
    body = {
        "recipient_name": "A. Barrister", "organisation": "Example Chambers", "may_download": True,
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(), "reason": "Walkthrough",
    }  # fmt: skip
    link = walk.force.post(f"/api/v1/recordings/{walk.copies['redaction']}/links", body)
    path = link["url"].split(walk.share.host, 1)[1]
    walk.share.call("GET", path)
    token = walk.share.session.cookies
    form = {"csrfmiddlewaretoken": next(value for name, value in token.items() if name.endswith("csrftoken"))}
    opened = walk.share.call("POST", path + "open", data=form, ok=(302, 303))
    page = walk.share.call("GET", opened.headers["Location"]).text
    video = page.split('src="', 1)[1].split('"', 1)[0] if "<video" in page else ""
    part = walk.share.call("GET", video, headers={"Range": "bytes=0-99"}, ok=(206,))
    head = (walk.out / "redacted.mp4").read_bytes()[:100]
    yield check("the recipient's page plays the redacted copy", lambda: part.content == head)
    yield check("a wrong link shows nothing (404)", lambda: equal(
        walk.share.call("GET", "/" + "x" * 43 + "/", ok=(404, 410)).status_code, 404
    ))  # fmt: skip
    walk.force.call("POST", f"/api/v1/links/{link['id']}/revoke")
    yield check(
        "a revoked link shows nothing", lambda: walk.share.call("GET", path, ok=(404, 410)).status_code in {404, 410}
    )


def case(walk: Walk) -> Iterator[Check]:
    """Open a case and produce the Master, the clip and the redaction as exhibits."""
    urn = f"20WT{int(time.time()) % 10**7:07d}26"
    walk.facts["case"] = walk.force.post("/api/v1/cases", {"urn": urn, "title": "Walkthrough"})["id"]
    references = []
    for item in (walk.recording, walk.copies["clip"], walk.copies["redaction"]):
        body = {"recording": item, "description": "Walkthrough exhibit"}
        references.append(walk.force.post(f"/api/v1/cases/{walk.facts['case']}/exhibits", body)["reference"])
    numbers = [int(reference.rsplit("/", 1)[1]) for reference in references]
    walk.facts["references"] = references
    yield check("exhibit numbers are consecutive", lambda: equal(numbers, list(range(numbers[0], numbers[0] + 3))))


def _disc_set(walk: Walk, kind: str) -> list[dict[str, Any]]:
    body = {"kind": kind, "medium": "DVD-5", "with_originals": kind == "data", "recipient_name": "Example Crown Court",
            "reason": "Walkthrough"}  # fmt: skip
    made = walk.force.post(f"/api/v1/cases/{walk.facts['case']}/disc-sets", body)

    def ready() -> Any:
        row = walk.force.get(f"/api/v1/disc-sets/{made['id']}")
        if row["state"] in {"failed", "cancelled"}:
            raise WalkFailed(f"The {kind} disc set {row['state']}: {row['problem']}")
        return row["discs"] if row["state"] == "made" else None

    discs: list[dict[str, Any]] = wait_for(f"the {kind} disc", ready)
    folder = walk.out / "disc"
    folder.mkdir(exist_ok=True)
    walk.discs[kind] = [
        walk.force.download(f"/api/v1/discs/{disc['id']}/image", folder / f"{kind}-{disc['volume_id']}.iso")
        for disc in discs
    ]
    return discs


def data_disc(walk: Walk) -> Iterator[Check]:
    """Make a data disc and read it with tools that are not ours."""
    discs = _disc_set(walk, "data")
    for disc, image in zip(discs, walk.discs["data"], strict=True):
        yield check(f"{image.name}: SHA-256 as stated", lambda: equal(_sha(image), disc["sha256"]))  # noqa: B023
    tree = walk.out / "disc" / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    image = walk.discs["data"][0]

    def extracted() -> bool:
        checks.use("xorriso", "-osirrox", "on", "-indev", f"stdio:{image}", "-extract", "/", str(tree))
        return tree.is_dir()

    yield check("xorriso takes the tree out", extracted)
    yield check("sha256sum accepts the manifest", lambda: bool(
        checks.use("sha256sum", "--quiet", "--strict", "-c", "manifest-sha256.txt", cwd=tree)
    ))  # fmt: skip
    page = (tree / "index.html").read_text()
    yield check(
        "index.html is there, without script", lambda: "<script" not in page.lower() and "<video" in page.lower()
    )
    originals = [path for path in tree.rglob("*_original.*") if _sha(path) == _sha(walk.file)]
    yield check("the Master on the disc is the file", lambda: bool(originals))
    reports = sorted(tree.rglob("continuity-*.pdf"))
    shutil.copyfile(reports[0], walk.out / "report.pdf")
    text = checks.use("pdftotext", "-layout", str(walk.out / "report.pdf"), "-").stdout.decode()
    yield check("pdftotext reads the exhibit's reference in the report", lambda: walk.facts["references"][0] in text)
    yield check(
        "pdftotext reads the Master's hash in the report", lambda: _sha(walk.file)[:16] in text.replace("\n", "")
    )


def viewing_dvd(walk: Walk) -> Iterator[Check]:
    """Make a viewing DVD and read it with lsdvd."""
    _disc_set(walk, "viewing")
    listed = checks.use("lsdvd", "-x", str(walk.discs["viewing"][0])).stdout.decode(errors="replace")
    yield check("lsdvd lists PAL titles", lambda: "PAL" in listed and "Title: 01" in listed)


def burned(walk: Walk) -> Iterator[Check]:
    """Burn the data disc to a file that poses as a drive, and read it back."""
    image, drive = walk.discs["data"][0], walk.out / "disc" / "burned.img"
    drive.unlink(missing_ok=True)
    disc = walk.force.get(f"/api/v1/cases/{walk.facts['case']}/disc-sets")[-1]["discs"][0]["id"]
    walk.burn(disc, drive)

    def same() -> bool | str:
        with drive.open("rb") as file:
            head = file.read(image.stat().st_size)
        return True if head == image.read_bytes() else "the bytes on the drive differ from the image"

    yield check("the drive holds the image, byte for byte", same)


def custody(walk: Walk) -> Iterator[Check]:
    """Fetch the custody record of the Master and see that nothing is missing."""
    out = walk.force.download(f"/api/v1/recordings/{walk.recording}/custody.jsonl", walk.out / "custody.jsonl")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    numbers = [row["body"]["subject_seq"] for row in rows]
    verbs = {row["body"]["verb"] for row in rows}
    yield check("events are numbered 1 to n without a gap", lambda: equal(numbers, list(range(1, len(rows) + 1))))
    expected = {
        "recording:master:sealed",
        "recording:playback:opened",
        "recording:copy:made",
        "recording:exhibit:produced",
    }
    yield check("sealing, opening, copies and exhibit are on it", lambda: equal(sorted(expected - verbs), []))


STEPS: tuple[tuple[str, Callable[[Walk], Iterator[Check]]], ...] = (
    ("tus upload by a dock, receipt", upload),
    ("playable", playable),
    ("review, range request", review),
    ("clip of the middle third", clip),
    ("redaction of a box, mute", redaction),
    ("still", still),
    ("share by link, open it", share),
    ("case and exhibits", case),
    ("data disc", data_disc),
    ("viewing DVD", viewing_dvd),
    ("burn and verify", burned),
    ("custody record", custody),
)
