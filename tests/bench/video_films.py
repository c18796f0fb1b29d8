"""The films that video is measured on: real footage where it lies beside the checkout, made ones elsewhere."""

import os
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import cv2

from tests.bench.deface_program import astronaut
from tests.bench.face_scenes import scenes, sprites
from tests.bench.video_costs import ROOT
from tests.workers.media.people import coded
from tests.workers.media.render_sources import source_of
from tests.workers.media.sources import ffmpeg
from workers.media.detect.to_recipe import recipe_tracks, tracks_read
from workers.media.frame_index import FrameIndex
from workers.media.index import index_build
from workers.media.recipe import Box, Run, Track, recipe_bytes, redaction_recipe
from workers.media.recipe_draft import segment_of_frames

REAL = Path(os.environ.get("CONTINUITY_REAL_MEDIA", ROOT.parent / "shared" / "media"))
BODY_WORN, FACES = REAL / "derived_bwc720_10s.mp4", REAL / "facenet_video.mp4"
MADE = (
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=1280x720:r=30:d=10,noise=alls=6:allf=t",
    "-f",
    "lavfi",
    "-i",
    "sine=f=440:d=10",
)
CAMERA = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac")
CAMERA_1080 = (
    "-vf", "scale=1920:1080,fps=25", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M", "-g", "50",
    "-pix_fmt", "yuv420p", "-c:a", "aac",
)  # fmt: skip
FACES_S = 60
REDACT_S = 5


def index_of(path: Path) -> FrameIndex:
    """The frame index of a film; its progress is nobody's news here."""
    with redirect_stderr(StringIO()):
        return index_build(path)[0]


def looped(folder: Path, seconds: int) -> Path:
    """Ten seconds of 720p over and over, without encoding it again."""
    ten = BODY_WORN if BODY_WORN.is_file() else folder / "10s.mp4"
    if not ten.is_file():
        ffmpeg(*MADE, *CAMERA, ten)
    path = folder / f"{seconds}s.mp4"
    if not path.is_file():
        ffmpeg("-stream_loop", seconds // 10 - 1, "-i", ten, "-map", "0:v:0", "-map", "0:a:0", "-c", "copy", path)
    return path


def faces_1080(folder: Path, environment: Path) -> Path:
    """A minute of 1080p, 25 frames a second, with people on nearly every frame; `environment`: deface's."""
    path = folder / "faces.mp4"
    if not path.is_file():
        short = FACES if FACES.is_file() else scene_720(folder, environment)
        ffmpeg("-stream_loop", "-1", "-i", short, "-t", FACES_S, *CAMERA_1080, path)
    return path


def scene_720(folder: Path, environment: Path) -> Path:
    """Eight seconds of 720p with people composed into it."""
    path = folder / "scene.mp4"
    if not path.is_file():
        people = sprites(cv2.imread(str(astronaut(environment)))[:, :, ::-1])
        coded(scenes(people)["crossing and hidden"], path)
    return path


def box_recipe(folder: Path, path: Path, *, compatible: bool) -> Path:
    """A box over five seconds in the middle."""
    index = index_of(path)
    middle = index.frame_count // 2
    first, end = index.pts_of(middle), index.pts_of(middle + REDACT_S * 30)
    run = Run(first, end, (Box(first, 400, 200, 200, 200),))
    recipe = redaction_recipe(
        sources=[source_of(path)], segments=[segment_of_frames(index, first=0, end=index.frame_count)],
        tracks=[Track("a", "face", "hand", "box", "solid", False, "privacy", 0, (run,))], compatible=compatible,
    )  # fmt: skip
    out = folder / f"{path.stem}-{compatible}.json"
    out.write_bytes(recipe_bytes(recipe))
    return out


def tracks_recipe(folder: Path, path: Path, tracks: Path, *, compatible: bool) -> Path:
    """All that was found, doubtful tracks too, pixelated."""
    index = index_of(path)
    found = tracks_read(tracks.read_bytes())
    recipe = redaction_recipe(
        sources=[source_of(path)], segments=[segment_of_frames(index, first=0, end=index.frame_count)],
        tracks=recipe_tracks(found.tracks, effect="pixelate", reason="privacy", doubtful_too=True),
        compatible=compatible,
    )  # fmt: skip
    out = folder / "faces.json"
    out.write_bytes(recipe_bytes(recipe))
    return out
