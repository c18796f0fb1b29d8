"""Steps on the way to court: share by link, case and exhibits, discs, burning, the custody record."""

import json
import re
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.walkthrough import checks
from config.walkthrough.checks import Check, check, equal
from config.walkthrough.client import WalkFailed, wait_for
from config.walkthrough.walk import Walk
from workers.exec.process import run


def share(walk: Walk) -> Iterator[Check]:
    """Send a link to somebody outside, open it as they would, then take it back."""
    body = {
        "recipient_name": "A. Barrister", "organisation": "Example Chambers", "may_download": True,
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(), "reason": "Walkthrough",
    }  # fmt: skip
    link = walk.force.post(f"/api/v1/recordings/{walk.copies.get('redaction', walk.recording)}/links", body)
    path = link["url"].split(walk.share.host, 1)[1]
    landing = walk.share.call("GET", path).text
    yield check("the landing page names the recipient and plays nothing yet", lambda: (
        "A. Barrister" in landing and "<video" not in landing
    ))  # fmt: skip
    opened = walk.share.call("POST", path + "open", ok=(302, 303))
    page = walk.share.call("GET", opened.headers["Location"]).text
    found = re.search(r'<source src="([^"]+)"', page)
    if found is None:
        raise WalkFailed("The recipient's page holds no video.")
    video = found[1]
    part = walk.share.call("GET", video, headers={"Range": "bytes=0-99"}, ok=(206,))
    head = (walk.out / "redacted.mp4" if "redaction" in walk.copies else walk.file).read_bytes()[:100]
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
    exhibits: list[dict[str, Any]] = []
    for item in (walk.recording, *(walk.copies[kind] for kind in ("clip", "redaction") if kind in walk.copies)):
        body = {"recording": item, "description": "Walkthrough exhibit"}
        exhibits.append(walk.force.post(f"/api/v1/cases/{walk.facts['case']}/exhibits", body))
    walk.facts["exhibits"] = [exhibit["id"] for exhibit in exhibits]
    walk.facts["references"] = [exhibit["reference"] for exhibit in exhibits]
    numbers = [int(reference.rsplit("/", 1)[1]) for reference in walk.facts["references"]]
    yield check(
        "exhibit numbers are consecutive", lambda: equal(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
    )


def _disc_set(walk: Walk, kind: str) -> list[dict[str, Any]]:
    """Have a set made and fetch its images."""
    sets = f"/api/v1/cases/{walk.facts['case']}/disc-sets"
    wanted = {"kind": kind, "exhibits": walk.facts["exhibits"], "with_originals": kind == "data"}
    planned = walk.force.post(f"{sets}?dry-run=1", wanted)
    made = walk.force.post(sets, {**wanted, "recipient_name": "Example Crown Court", "reason": "Walkthrough"})

    def ready() -> Any:
        row = walk.force.get(f"{sets}/{made['id']}")
        if row["state"] in {"failed", "cancelled"}:
            raise WalkFailed(f"The {kind} disc set is {row['state']}: {row['problem']}")
        return row["discs"] if row["state"] == "made" else None

    discs: list[dict[str, Any]] = wait_for(f"the {kind} disc", ready)
    folder = walk.out / "disc"
    folder.mkdir(exist_ok=True)
    walk.discs[kind] = [
        walk.force.download(disc["image"], folder / f"{kind}_{disc['volume_id']}.iso") for disc in discs
    ]
    walk.facts[f"{kind}-planned"], walk.facts[f"{kind}-disc"] = planned["size_bytes"], discs[0]["id"]
    return discs


def data_disc(walk: Walk) -> Iterator[Check]:
    """Make a data disc and read it with tools that are not ours."""
    discs = _disc_set(walk, "data")
    image, tree = walk.discs["data"][0], walk.out / "disc" / "tree"
    yield check("SHA-256 of the image is the one stated", lambda: equal(_sha(image), discs[0]["sha256"]))
    yield check(
        "its size was known before, as an upper bound", lambda: image.stat().st_size <= walk.facts["data-planned"]
    )
    shutil.rmtree(tree, ignore_errors=True)
    yield check("xorriso takes the tree out", lambda: bool(
        checks.use("xorriso", "-osirrox", "on", "-indev", f"stdio:{image}", "-extract", "/", str(tree))
    ))  # fmt: skip
    yield check("sha256sum accepts the manifest", lambda: bool(
        checks.use("sha256sum", "--quiet", "--strict", "-c", "manifest-sha256.txt", cwd=tree)
    ))  # fmt: skip
    yield check("the disc's own verify.py, alone, says that all of it holds", lambda: bool(
        run([sys.executable, "-I", "-S", "verify.py", "--quiet"], timeout_s=checks.TOOL_TIMEOUT_S, cwd=tree)
    ))  # fmt: skip
    yield check("index.html plays the exhibits without script", lambda: _plays_without_script(tree / "index.html"))
    yield check("the Master on the disc is the file", lambda: (
        _sha(walk.file) in {_sha(path) for path in tree.rglob("*_original.*")}
    ))  # fmt: skip
    reports = sorted(tree.rglob("continuity-*.pdf"))
    shutil.copyfile(reports[0], walk.out / "report.pdf")
    yield check("pdftotext reads reference and hash in the report", lambda: _report_names(walk))


def _sha(path: Path) -> str:
    return checks.sha256sum(path)


def _plays_without_script(index: Path) -> bool | str:
    page = index.read_text().lower()
    if "<script" in page:
        return "it holds a script"
    return "<video" in page or "it holds no video"


def _report_names(walk: Walk) -> bool | str:
    text = checks.use("pdftotext", str(walk.out / "report.pdf"), "-").stdout.decode()
    packed = "".join(text.split())
    missing = [word for word in (walk.facts["references"][0], _sha(walk.file)) if word not in packed]
    return True if not missing else f"not found in it: {', '.join(missing)}"


def viewing_dvd(walk: Walk) -> Iterator[Check]:
    """Make a viewing DVD and read it with lsdvd."""
    _disc_set(walk, "viewing")
    image = walk.discs["viewing"][0]

    def titles() -> bool | str:
        listed = checks.use("lsdvd", "-x", str(image)).stdout.decode(errors="replace")
        return ("PAL" in listed and "Title: 01" in listed) or listed[:200]

    yield check("lsdvd lists PAL titles", titles)


def burned(walk: Walk) -> Iterator[Check]:
    """Burn the data disc to a file that poses as a drive, and read it back."""
    image, drive = walk.discs["data"][0], walk.out / "disc" / "burned.img"
    drive.unlink(missing_ok=True)
    walk.burn(walk.facts["data-disc"], drive)
    yield check("the drive holds the image, byte for byte", lambda: _begins_with(drive, image))


def _begins_with(drive: Path, image: Path) -> bool | str:
    with drive.open("rb") as written, image.open("rb") as wanted:
        while block := wanted.read(4 * 1024 * 1024):
            if written.read(len(block)) != block:
                return "the bytes on the drive differ from the image"
    return True


def custody(walk: Walk) -> Iterator[Check]:
    """Fetch the custody record of the Master and see that nothing is missing."""
    out = walk.force.download(f"/api/v1/recordings/{walk.recording}/custody.jsonl", walk.out / "custody.jsonl")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    numbers = [row["seq"] for row in rows]
    verbs = {json.loads(row["body"])["verb"] for row in rows if not row["withheld"]}
    yield check("events are numbered 1 to n without a gap", lambda: equal(numbers, list(range(1, len(rows) + 1))))
    expected = {
        "recording:master:sealed",
        "recording:playback:opened",
        "recording:copy:made",
        "recording:exhibit:produced",
    }
    yield check(
        "sealing, opening, copies and exhibit are on it",
        lambda: not (expected - verbs) or f"missing: {sorted(expected - verbs)}",
    )
