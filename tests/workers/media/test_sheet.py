"""Contact sheets: the very frames they name, evenly spread, each with its time, in the shape that is shown."""

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from tests.workers.media.render_sources import coded, even_times, number_in, uneven_times
from tests.workers.media.test_overlay import reads_as
from workers.media.cli import main
from workers.media.errors import BadRequest
from workers.media.lettering import line_mask
from workers.media.sheet import GAP, LETTERS, TILE_WIDTH, sheet

COUNT = 60


def tiles_of(out, report) -> list[np.ndarray]:
    """The pictures on the page, in order; all recordings here are 320 by 192."""
    page = np.asarray(Image.open(out).convert("L"))
    row_height = 192 + line_mask("0", LETTERS).shape[0] + GAP
    begin = page.shape[0] - -(-len(report.tiles) // report.columns) * row_height
    corners = [divmod(number, report.columns) for number in range(len(report.tiles))]
    return [
        page[begin + row * row_height :, GAP + column * (TILE_WIDTH + GAP) :][:192, :TILE_WIDTH]
        for row, column in corners
    ]


@pytest.mark.parametrize(("times", "count"), [(even_times(COUNT), 7), (uneven_times(COUNT), 6)])
def test_each_tile_is_the_frame_it_names_at_its_time(times, count, tmp_path):
    path = coded(tmp_path / "master.mp4", times)
    out = tmp_path / "sheet.png"
    report = sheet(path, out, count=count)
    tiles = tiles_of(out, report)
    assert [number_in(tile) for tile in tiles] == [tile.frame for tile in report.tiles]
    assert len(report.tiles) == count
    page = np.asarray(Image.open(out).convert("L"))
    for tile in report.tiles:
        words = f"0:00:{tile.shown_ms // 1000:02d}.{tile.shown_ms % 1000:03d}  frame {tile.frame}"
        assert reads_as(255 - page, words, LETTERS) > 0.95
    spread = np.diff([0, *(tile.shown_ms for tile in report.tiles)])
    assert spread.max() <= 2.6 * spread[1:].min()


def test_a_turned_recording_is_upright_and_one_of_few_frames_gives_each_once(tmp_path):
    path = coded(tmp_path / "master.mp4", even_times(5), rotation=90)
    report = sheet(path, tmp_path / "sheet.png", count=20)
    assert [tile.frame for tile in report.tiles] == [0, 1, 2, 3, 4]
    assert [number_in(tile) for tile in tiles_of(tmp_path / "sheet.png", report)] == [0, 1, 2, 3, 4]


def test_command_line_leaves_a_statement_and_refuses_a_count_that_is_none(tmp_path, capsys):
    path, out = coded(tmp_path / "master.mp4", even_times(10)), tmp_path / "sheet.png"
    assert main(["sheet", str(path), str(out), "--count", "3"]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    stated = json.loads((tmp_path / "sheet.png.statement.json").read_bytes())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert stated["sources"][0]["sha256"] == report["source_sha256"] == digest
    assert stated["copy_sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    with pytest.raises(BadRequest):
        sheet(path, out, count=0)
