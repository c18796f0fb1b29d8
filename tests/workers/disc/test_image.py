"""The data disc's image, read with tools that did not write it."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from workers.disc.errors import ImageChanged, ImageTooLarge, UnsafeTree
from workers.disc.image import data_image_build, data_image_size
from workers.disc.manifest import bag_finish
from workers.disc.planning import MEDIA, MediumKind
from workers.disc.reading import data_image_extract, data_image_list
from workers.exec.errors import ToolCancelled, ToolMissing

VOLUME = "AB_1_D1OF1"


def names_in(tree: Path) -> list[str]:
    return sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file())


def names_by_7z(image: Path) -> list[str]:
    done = subprocess.run(["7z", "l", "-slt", "-ba", str(image)], capture_output=True, text=True, check=True)
    blocks = done.stdout.strip().split("\n\n")
    facts = [dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line) for block in blocks]
    return sorted(each["Path"] for each in facts if each.get("Folder") == "-")


def test_image_holds_what_the_tree_holds_in_every_readers_view(tree, tmp_path, made_at):
    out = tmp_path / "disc.iso"
    data_image_build(tree, out, volume_id=VOLUME, made_at=made_at)
    assert list(data_image_list(out)) == names_in(tree)
    label = subprocess.run(["isoinfo", "-d", "-i", str(out)], capture_output=True, text=True, check=True).stdout
    assert f"Volume id: {VOLUME}" in label
    assert "Joliet with UCS level" in label
    assert "Rock Ridge" in label


@pytest.mark.skipif(shutil.which("7z") is None, reason="7z (Debian: p7zip-full) is not installed")
def test_image_holds_what_the_tree_holds_for_7_zip_too(tree, tmp_path, made_at):
    out = tmp_path / "disc.iso"
    data_image_build(tree, out, volume_id=VOLUME, made_at=made_at)
    assert names_by_7z(out) == names_in(tree)


def test_extracted_disc_passes_sha256sum(tree, tmp_path, made_at):
    bag_finish(tree, info={}, made_at=made_at)
    out = tmp_path / "disc.iso"
    data_image_build(tree, out, volume_id=VOLUME, made_at=made_at)
    data_image_extract(out, tmp_path / "read")
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "-c", "--strict", manifest], cwd=tmp_path / "read", check=True)
    shutil.rmtree(tmp_path / "read")


def test_report_is_true_and_size_was_known_beforehand(tree, tmp_path, made_at):
    out = tmp_path / "disc.iso"
    expected_bytes = data_image_size(tree, volume_id=VOLUME, made_at=made_at)
    report = data_image_build(tree, out, volume_id=VOLUME, made_at=made_at)
    assert report.size_bytes == out.stat().st_size == expected_bytes
    assert report.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert report.tools["xorriso"][0].isdigit()


def test_same_tree_gives_the_same_bytes_on_another_day_in_another_place(tree, tmp_path, made_at, monkeypatch):
    first = data_image_build(tree, tmp_path / "1.iso", volume_id=VOLUME, made_at=made_at)
    elsewhere = tmp_path / "elsewhere" / "copy"
    shutil.copytree(tree, elsewhere)
    for path in elsewhere.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    second = data_image_build(elsewhere, tmp_path / "2.iso", volume_id=VOLUME, made_at=made_at)
    assert first == second


def test_other_moment_gives_other_bytes(tree, tmp_path, made_at):
    first = data_image_build(tree, tmp_path / "1.iso", volume_id=VOLUME, made_at=made_at)
    second = data_image_build(tree, tmp_path / "2.iso", volume_id=VOLUME, made_at=made_at + timedelta(seconds=1))
    assert first.sha256 != second.sha256


def test_image_larger_than_its_medium_is_refused_before_a_byte_is_written(tree, tmp_path, made_at):
    tiny = replace(MEDIA[MediumKind.DVD_5], name="Tiny disc", capacity_bytes=500_000)
    out = tmp_path / "disc.iso"
    with pytest.raises(ImageTooLarge, match="one Tiny disc disc holds"):
        data_image_build(tree, out, volume_id=VOLUME, made_at=made_at, medium=tiny)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree"]


def test_progress_rises_to_the_whole_image(tree, tmp_path, made_at):
    seen = []
    out = tmp_path / "disc.iso"
    report = data_image_build(
        tree, out, volume_id=VOLUME, made_at=made_at, on_progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (report.size_bytes, report.size_bytes)
    assert seen == sorted(seen)


def test_cancelled_build_leaves_nothing_behind(tree, tmp_path, made_at):
    with (tree / "data" / "long.mp4").open("wb") as sparse:
        sparse.truncate(3 * 1024**3)
    with pytest.raises(ToolCancelled):
        data_image_build(tree, tmp_path / "disc.iso", volume_id=VOLUME, made_at=made_at, is_cancelled=lambda: True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree"]


def test_image_of_a_tree_that_changed_meanwhile_is_thrown_away(tree, tmp_path, made_at):
    with (tree / "data" / "long.mp4").open("wb") as sparse:
        sparse.truncate(1024**3)

    def interfere(done: int, total: int) -> None:
        (tree / "data" / "late.txt").write_text("late")

    with pytest.raises(ImageChanged, match="changed while"):
        data_image_build(tree, tmp_path / "disc.iso", volume_id=VOLUME, made_at=made_at, on_progress=interfere)
    assert not (tmp_path / "disc.iso").exists()


@pytest.mark.parametrize("name", ["a b.mp4", "line\nbreak", "right\u202eleft", "x" * 65, "CON.mp4"])
def test_name_outside_the_rules_is_refused(tree, tmp_path, made_at, name):
    (tree / "data" / name).write_text("x")
    with pytest.raises(UnsafeTree, match="cannot be a name on a disc"):
        data_image_build(tree, tmp_path / "disc.iso", volume_id=VOLUME, made_at=made_at)


def test_empty_or_missing_tree_is_refused(tmp_path, made_at):
    (tmp_path / "empty" / "data").mkdir(parents=True)
    for tree in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(UnsafeTree):
            data_image_size(tree, volume_id=VOLUME, made_at=made_at)


def test_moment_without_time_zone_is_refused(tree, made_at):
    with pytest.raises(ValueError, match="time zone"):
        data_image_size(tree, volume_id=VOLUME, made_at=made_at.replace(tzinfo=None))


def test_missing_xorriso_names_the_command_that_installs_it(tree, tmp_path, made_at, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CONTINUITY_XORRISO", raising=False)
    with pytest.raises(ToolMissing, match=r"apt-get install .*xorriso"):
        data_image_build(tree, tmp_path / "disc.iso", volume_id=VOLUME, made_at=made_at)


def test_own_settings_of_xorriso_do_not_change_the_disc(tree, tmp_path, made_at, monkeypatch):
    first = data_image_build(tree, tmp_path / "1.iso", volume_id=VOLUME, made_at=made_at)
    (tmp_path / ".xorrisorc").write_text("-publisher SOMEBODY\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_image_build(tree, tmp_path / "2.iso", volume_id=VOLUME, made_at=made_at) == first
