"""Recordings whose every frame says its number in its pixels, and readers of the same: cuts can be proved exact."""

import hashlib
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np

from workers.media.probe import probe
from workers.media.recipe import Audio, Recipe, Source, Video, recipe_bytes
from workers.media.render import render
from workers.media.render_reports import RenderReport

BITS = 10
WIDTH, HEIGHT = 320, 192
BAR = WIDTH // BITS
FILE = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
RATE = 48_000
BASE = Fraction(1, 12_800)


def picture(number: int, *, height: int = HEIGHT) -> np.ndarray:
    """Luma: the number as black and white bars in the upper half, a moving texture below."""
    luma = np.full((height, WIDTH), 128, dtype=np.uint8)
    for bit in range(BITS):
        luma[: height // 2, bit * BAR : (bit + 1) * BAR] = 235 if number >> bit & 1 else 16
    rows, columns = np.mgrid[0 : height // 2, 0:WIDTH]
    luma[height // 2 :] = 40 + ((columns * 3 + rows * 5 + number * 7) % 160).astype(np.uint8)
    return luma


def number_in(luma: np.ndarray) -> int:
    """The number that the bars say."""
    band = luma[luma.shape[0] // 8 : luma.shape[0] // 3]
    return sum(int(band[:, bit * BAR + 8 : (bit + 1) * BAR - 8].mean() > 128) << bit for bit in range(BITS))


def frame_of(luma: np.ndarray, rotation: int) -> av.VideoFrame:
    """A frame to encode, turned so that `rotation` clockwise sets it upright again."""
    turned = np.ascontiguousarray(np.rot90(luma, rotation // 90))
    height, width = turned.shape
    planes = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
    planes[:height] = turned
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")


def even_times(count: int, *, step: int = 512, first: int = 0) -> list[int]:
    return [first + number * step for number in range(count)]


def uneven_times(count: int) -> list[int]:
    """No two neighbours alike, as phones make them in the dark."""
    steps = [512, 517, 1021, 300, 2048, 511, 513]
    times = [0]
    while len(times) < count:
        times.append(times[-1] + steps[len(times) % len(steps)])
    return times


def coded(
    path: Path,
    times: Sequence[int],
    *,
    rotation: int = 0,
    bf: int = 3,
    sound: np.ndarray | None = None,
    first_number: int = 0,
    base: Fraction = BASE,
) -> Path:
    """Write a recording with these pts; `sound` is (channels, samples) float32 at 48 kHz, PCM in a .mov, else AAC."""
    options = {"preset": "veryfast", "bf": str(bf), "g": "12", "crf": "16"}
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=25, options=options)
        shape = picture(0).shape if rotation % 180 == 0 else picture(0).shape[::-1]
        video.codec_context.height, video.codec_context.width = shape
        video.codec_context.pix_fmt = "yuv420p"
        video.codec_context.time_base = base
        audio = _sound_stream(out, path, sound)
        if rotation:
            video.set_display_rotation(-rotation)
        for number, pts in enumerate(times, start=first_number):
            frame = frame_of(picture(number), rotation)
            frame.pts, frame.time_base = pts, base
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio is not None and sound is not None:
            frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono" if len(sound) == 1 else "stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
            out.mux(audio.encode(frame))
            out.mux(audio.encode(None))
    return path


def _sound_stream(out, path: Path, sound: np.ndarray | None):
    if sound is None:
        return None
    stream = out.add_stream("pcm_s16le" if path.suffix == ".mov" else "aac", rate=RATE)
    stream.codec_context.layout = "mono" if len(sound) == 1 else "stereo"
    return stream


def tone(seconds: float, hertz: int = 440, level: float = 0.5) -> np.ndarray:
    at = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * at)).astype(np.float32)[None, :]


def source_of(path: Path, *, file: str = FILE, audio: int = 0) -> Source:
    """The recipe's source as services would build it, from the probe report; `audio` chooses the track."""
    report = probe(path)
    video = report.video[0] if report.video else None
    sound = report.audio[audio] if len(report.audio) > audio else None
    return Source(
        file=file,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        role="master",
        video=Video(video.index, video.time_base, video.width, video.height, video.rotation, video.sar)
        if video
        else None,
        audio=Audio(sound.index, sound.time_base, sound.rate) if sound else None,
    )


def rendered(folder: Path, recipe: Recipe, *paths: Path, name: str = "out") -> tuple[Path, RenderReport]:
    """Render through the file that a worker would write."""
    recipe_path, out = folder / f"{name}.json", folder / f"{name}.mp4"
    recipe_path.write_bytes(recipe_bytes(recipe))
    return out, render(recipe_path, out, paths)


def frames_of(path: Path) -> list[SimpleNamespace]:
    """Every frame that a player would show: seconds, number in the bars, planes."""
    found = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for frame in container.decode(stream):
            planes = frame.to_ndarray(format="yuv420p")
            luma = planes[: frame.height]
            found.append(
                SimpleNamespace(at=frame.pts * stream.time_base, number=number_in(luma), luma=luma, planes=planes)
            )
    return found


def sound_in(path: Path) -> np.ndarray:
    """All samples that a player would sound, (channels, samples) float32."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(blocks, axis=1)


def hidden_packets(path: Path) -> int:
    """Video packets stored in the file beyond those that are shown."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        stored = sum(1 for packet in container.demux(video=0) if packet.size)
    return stored - len(frames_of(path))


def plain(recipe: Recipe) -> dict:
    """The recipe as the JSON values that a client would send."""
    return json.loads(recipe_bytes(recipe))
