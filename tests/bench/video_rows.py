"""The groups of rows that `bench_video` prints, each beside what anybody else would run for the same."""

import json
import os
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import av

from tests.bench.deface_program import deface_environment
from tests.bench.video_costs import Aim, Cost, cost, ffmpeg_cost, media, middle, row, table
from tests.bench.video_films import (
    BODY_WORN,
    FACES_S,
    REDACT_S,
    box_recipe,
    faces_1080,
    index_of,
    looped,
    scene_720,
    tracks_recipe,
)

X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18")
REDACTION_AIMS = {60: 0.13, 600: 0.015}
CUT_AIM, DEFACE_AIM, TRANSCODE_AIM, PREPARE_AIM_CPU_S = 0.04, 6.0, 1.4, 20.0
DETECT_AIMS = {"faces": 2.5, "faces-quick": 5.0}


def redaction(folder: Path, seconds: int) -> None:
    """Fast, our own full render (of the short film), ffmpeg's full re-encode of the same, and the proof."""
    path, out = looped(folder, seconds), folder / "out.mp4"
    start = float(index_of(path).frame_count) / 30 / 2
    box = f"drawbox=x=400:y=200:w=200:h=200:t=fill:enable='between(t,{start},{start + REDACT_S})'"
    table(f"5 s redacted in {seconds} s of 720p, beside ffmpeg, all encoded anew")
    peer = ffmpeg_cost("-i", path, "-vf", box, *X264, "-c:a", "copy", out)
    full = media("redact", path, out, "--recipe", box_recipe(folder, path, compatible=True)) if seconds < 100 else None
    recipe, statement = box_recipe(folder, path, compatible=False), folder / "out.mp4.statement.json"
    fast, proof = middle(
        lambda: media("redact", path, out, "--recipe", recipe),
        lambda: media("verify", path, out, "--statement", statement),
    )
    most = REDACTION_AIMS[seconds]
    aim = Aim(f"at most {most} of the wall time", fast.wall_s <= most * peer.wall_s)
    row("fast", fast, peer=peer, aim=aim, note=copied_note(statement))
    if full is not None:
        row("most compatible", full, peer=peer)
    row("ffmpeg, all encoded anew", peer)
    row("`verify` the fast copy", proof, peer=peer)


def cut(folder: Path) -> None:
    """Five minutes and a bit, from within a group to within a group."""
    path, out, start, end = looped(folder, 600), folder / "out.mp4", 120.3, 420.7
    index = index_of(path)
    wanted = index.frame_at(Fraction(str(end))) - index.frame_at(Fraction(str(start)))
    stretch, length = f"{start}:{end}", f"{end - start:.3f}"
    table("5 min cut out of 10 min of 720p, exactly, beside ffmpeg, all encoded anew")
    full = ffmpeg_cost("-ss", start, "-i", path, "-t", length, *X264, "-c:a", "aac", "-b:a", "96k", out)
    all_anew = frames(out, wanted)
    program = os.environ.get("SMARTCUT")
    theirs = folder / "smartcut.mp4"
    runs: list[Callable[[], Cost]] = [lambda: media("cut", path, out, "--segment", stretch)]
    if program:
        runs.append(lambda: cost([program, path, theirs, "--keep", f"{start},{end}"]))
    ours, *others = middle(*runs)
    aim = Aim(f"at most {CUT_AIM} of the wall time", ours.wall_s <= CUT_AIM * full.wall_s)
    row("fast, sound encoded", ours, peer=full, aim=aim, note=frames(out, wanted))
    for other in others:
        row("the same beside smartcut", ours, peer=other, aim=Aim("no slower", ours.wall_s <= other.wall_s))
        row("smartcut, sound copied", other, peer=full, note=frames(theirs, wanted))
    row("ffmpeg, all encoded anew", full, note=all_anew)
    floor = ffmpeg_cost("-ss", start, "-i", path, "-t", length, "-c", "copy", out)
    row("ffmpeg `-c copy`", floor, peer=full, note=frames(out, wanted))


def faces(folder: Path) -> None:
    """All that the detector finds on a minute of 1080p, pixelated, beside deface and beside a plain transcode."""
    environment = folder / "deface"
    film = faces_1080(folder, deface_environment(environment))
    tracks, out = folder / "tracks.json", folder / "out.mp4"
    table(f"every face in {FACES_S} s of 1080p, detection included")
    found = media("detect", film, "--out", tracks)
    covered = media("redact", film, out, "--recipe", tracks_recipe(folder, film, tracks, compatible=False))
    plain = ffmpeg_cost("-i", film, *X264, "-c:a", "copy", folder / "plain.mp4")
    argv = [environment / "bin" / "deface", film, "-o", folder / "deface.mp4", "--scale", "640x360"]
    theirs = cost([*argv, "--backend", "onnxrt"])
    ours = found + covered
    told = f"{theirs.wall_s / ours.wall_s:.1f} times as fast, {theirs.cpu_s / ours.cpu_s:.1f} by processor"
    aim = Aim(f"{DEFACE_AIM:.0f} times as fast", ours.wall_s * DEFACE_AIM <= theirs.wall_s)
    row("`detect` and `redact`, beside deface", ours, peer=theirs, aim=aim, note=told)
    aim = Aim(f"at most {TRANSCODE_AIM} of the wall time", ours.wall_s <= TRANSCODE_AIM * plain.wall_s)
    row("the same, beside a plain transcode", ours, peer=plain, aim=aim)
    row("`detect` alone", found, note=f"{FACES_S / found.wall_s:.1f} times real time")
    row("`redact` alone", covered, note=copied_note(folder / "out.mp4.statement.json"))
    row("deface `--scale 640x360 --backend onnxrt`", theirs)
    row("ffmpeg, x264 veryfast, nothing else", plain)


def copied_note(statement: Path) -> str:
    """How much of a copy is the Master's, bit for bit."""
    stated = json.loads(statement.read_bytes())
    copied = sum(part["frames"] for part in stated["parts"] if part["way"] == "copied")
    return f"{copied:,} of {stated['frames']:,} frames identical"


def analyse(folder: Path) -> None:
    """A minute of 720p looked through: how many times faster than it plays."""
    length_s = 60
    if BODY_WORN.is_file():
        film = looped(folder, length_s)
    else:
        film, length_s = scene_720(folder, deface_environment(folder / "deface")), 8
    table(f"`detect` in {length_s} s of 720p")
    for name, least in DETECT_AIMS.items():
        taken = media("detect", film, "--out", folder / "tracks.json", "--detector", name)
        speed = length_s / taken.wall_s
        aim = Aim(f"{least:g} times real time", speed >= least)
        row(f"`--detector {name}`", taken, aim=aim, note=f"{speed:.1f} times real time")


def prepare(folder: Path) -> None:
    """What a review page needs of an hour, from one pass over it."""
    film, out = looped(folder, 3600), folder / "prepared"
    out.mkdir(exist_ok=True)
    table("storyboard, waveform and index of 60 min of 720p")
    taken = media("prepare", film, out)
    made = ", ".join(sorted(path.name for path in out.iterdir()))
    aim = Aim(f"at most {PREPARE_AIM_CPU_S:.0f} CPU-s", taken.cpu_s <= PREPARE_AIM_CPU_S)
    row("`prepare`", taken, aim=aim, note=made)


def frames(path: Path, wanted: int) -> str:
    """How many pictures are shown, and how many stored, of how many asked for."""
    with av.open(str(path)) as container:
        shown = sum(1 for packet in container.demux(video=0) if packet.size and not packet.is_discard)
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        stored = sum(1 for packet in container.demux(video=0) if packet.size)
    return f"{shown:,} frames shown, {stored:,} stored, {wanted:,} asked for"


GROUPS: Mapping[str, Callable[[Path], None]] = {
    "redact-60s": lambda folder: redaction(folder, 60),
    "redact-10min": lambda folder: redaction(folder, 600),
    "cut": cut,
    "faces": faces,
    "analyse": analyse,
    "prepare": prepare,
}
