"""A full render in parts by one worker and by two, beside the same render in one piece: `make bench`, under a minute.

A worker here is what one place of a Celery worker runs: the media library's command, one part after the other. Which
part goes to whom is decided as they become free. What is joined is the same file each time, which is asserted.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from tests.bench.video_costs import media
from tests.bench.video_films import CAMERA, MADE
from tests.workers.media.render_sources import source_of
from tests.workers.media.sources import ffmpeg
from workers.media.index import index_build
from workers.media.parted.operations import split
from workers.media.recipe import clip_recipe, recipe_bytes
from workers.media.recipe_draft import segment_of_frames

pytestmark = pytest.mark.slow
LENGTH_S, PART_FRAMES = 20, 150
say = sys.stdout.write


def test_two_workers_beside_one(tmp_path):
    source, recipe = tmp_path / "source.mp4", tmp_path / "recipe.json"
    film = [word.replace("d=10", f"d={LENGTH_S}") for word in MADE]
    ffmpeg(*film, *CAMERA, source)
    index, _ = index_build(source)
    segments = [segment_of_frames(index, first=0, end=index.frame_count)]
    recipe.write_bytes(recipe_bytes(clip_recipe(sources=[source_of(source)], segments=segments, compatible=True)))
    count = len(split(recipe, [source], part_frames=PART_FRAMES).parts)
    told = ("--source", source, "--part-frames", str(PART_FRAMES), "--way", "full")

    whole = media("render", recipe, tmp_path / "whole.mp4", "--source", source)
    walls, films, cpu_s = {}, {}, {}
    for workers in (2, 1):
        parts = [tmp_path / f"{workers}.{number}" for number in range(count)]
        for part in parts:
            part.unlink(missing_ok=True)
        out = tmp_path / f"{workers}.mp4"
        spent: list[float] = []
        taken_s = timed(lambda: made(parts, workers, recipe, told, spent))  # noqa: B023 - called at once
        cpu_s[workers] = sum(spent)
        given = [word for part in parts for word in ("--part", part)]
        joined_s = timed(lambda out=out, given=given: media("join-parts", recipe, out, *given, *told))
        walls[workers] = min(walls.get(workers, (9e9, 0.0)), (taken_s + joined_s, joined_s))
        films[workers] = out.read_bytes()
    (one_s, _), (two_s, joined_s), whole_s = walls[1], walls[2], whole.wall_s
    say(f"\n{index.frame_count} frames of 720p in {count} parts; joining takes {joined_s:.1f} s of it")
    say(f"\nin one piece {whole_s:5.1f} s   one worker {one_s:5.1f} s   two workers {two_s:5.1f} s")
    say(f"\ntwo workers beside one: {two_s / one_s:.2f}; beside one piece: {two_s / whole_s:.2f}\n")
    say(f"processors: one piece {whole.cpu_s:.1f} s, all parts {cpu_s[1]:.1f} s (one worker), {cpu_s[2]:.1f} s (two)\n")
    assert films[1] == films[2]


def made(parts: list[Path], workers: int, recipe: Path, told: tuple[object, ...], spent: list[float]) -> None:
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in range(len(parts)):
        waiting.put(number)

    def work() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except Empty:
                return
            spent.append(media("render-part", recipe, parts[number], "--part", str(number), *told).cpu_s)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def timed(run: Callable[[], object]) -> float:
    begun = time.monotonic()
    run()
    return time.monotonic() - begun
