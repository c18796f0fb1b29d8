"""A single file beyond 4 GiB: sparse here, but every reader must see all of it."""

import shutil
import subprocess

import pytest

from workers.disc.errors import ImageTooLarge
from workers.disc.image import LARGE_FILE_BYTES, data_image_build, data_image_size
from workers.disc.planning import MEDIA, MediumKind
from workers.exec.errors import ToolCancelled

VOLUME = "AB_1_D1OF1"
LENGTH_BYTES = 4_402_341_479  # 4.1 GiB, and no whole number of sectors
TAIL = b"the very last bytes of the recording"


@pytest.fixture
def large_tree(tree):
    with (tree / "data" / "exhibits" / "AB_1" / "AB_1_original.mp4").open("wb") as sparse:
        sparse.truncate(LENGTH_BYTES - len(TAIL))
        sparse.seek(0, 2)
        sparse.write(TAIL)
    return tree


def test_size_of_an_image_with_a_large_file_is_known_and_refused_where_it_does_not_fit(large_tree, tmp_path, made_at):
    size_bytes = data_image_size(large_tree, volume_id=VOLUME, made_at=made_at)
    assert LENGTH_BYTES < size_bytes < LENGTH_BYTES + 2 * 1024 * 1024
    with (large_tree / "data" / "second.mp4").open("wb") as sparse:
        sparse.truncate(1024**3)
    with pytest.raises(ImageTooLarge, match="It would fit on: Dual-layer DVD"):
        data_image_build(
            large_tree, tmp_path / "l.iso", volume_id=VOLUME, made_at=made_at, medium=MEDIA[MediumKind.DVD_5]
        )


def test_writing_a_large_image_can_be_stopped_and_leaves_nothing(large_tree, tmp_path, made_at):
    with pytest.raises(ToolCancelled):
        data_image_build(large_tree, tmp_path / "l.iso", volume_id=VOLUME, made_at=made_at, is_cancelled=lambda: True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("7z") is None, reason="7z (Debian: p7zip-full) is not installed")
def test_file_beyond_4_gib_is_whole_in_every_view_and_the_image_is_the_same_twice(large_tree, tmp_path, made_at):
    out = tmp_path / "large.iso"
    seen = []
    first = data_image_build(
        large_tree, out, volume_id=VOLUME, made_at=made_at, on_progress=lambda done, total: seen.append(done)
    )
    assert first.size_bytes == out.stat().st_size == seen[-1]
    assert "pycdlib" in first.tools
    assert LENGTH_BYTES > LARGE_FILE_BYTES
    name = "data/exhibits/AB_1/AB_1_original.mp4"
    udf = ["7z", "e", "-so", str(out), name]
    concat = ["-concat", "overwrite", "-", f"/{name}", "--"]
    rock_ridge, joliet = (
        ["xorriso", "-no_rc", "-osirrox", "on", "-read_fs", view, "-indev", f"stdio:{out}", *concat]
        for view in ("any", "norock")
    )
    for argv in (udf, rock_ridge, joliet):
        assert read_by(argv) == (LENGTH_BYTES, TAIL)
    out.unlink()
    assert data_image_build(large_tree, out, volume_id=VOLUME, made_at=made_at) == first


def read_by(argv):
    length_bytes, last = 0, b""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
        while chunk := reader.stdout.read(1 << 20):
            length_bytes += len(chunk)
            last = (last + chunk)[-len(TAIL) :]
    assert reader.returncode == 0
    return length_bytes, last
