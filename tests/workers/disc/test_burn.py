"""Burning to a file that poses as a drive, and what is refused before a byte is written."""

import os
import stat
from pathlib import Path

import pytest

from workers.disc.burn import burn, disc_verify
from workers.disc.errors import (
    DeviceHoldsData,
    DeviceInUse,
    DeviceTooSmall,
    DeviceUnsuitable,
    DiscCancelled,
    DiscMismatch,
    ImageInvalid,
)
from workers.disc.image import data_image_build
from workers.exec.errors import ToolMissing


@pytest.fixture
def image(tree, tmp_path, made_at):
    out = tmp_path / "disc.iso"
    return out, data_image_build(tree, out, volume_id="AB_1_D1OF1", made_at=made_at)


@pytest.mark.parametrize("prefix", ["stdio:", ""])
def test_burned_disc_holds_the_image_byte_for_byte(image, tmp_path, prefix):
    path, made = image
    disc = tmp_path / "drive"
    report = burn(path, f"{prefix}{disc}", expected_sha256=made.sha256)
    assert disc.read_bytes()[: made.size_bytes] == path.read_bytes()
    assert (report.sha256, report.size_bytes) == (made.sha256, made.size_bytes)
    assert report.device == str(disc)


def test_blank_file_of_a_discs_size_is_burned(image, tmp_path):
    path, made = image
    disc = tmp_path / "drive"
    disc.touch()
    os.truncate(disc, 8 * 1024 * 1024)
    burn(path, f"stdio:{disc}")
    assert disc.read_bytes()[: made.size_bytes] == path.read_bytes()


def test_one_byte_changed_after_burning_is_found(image, tmp_path):
    path, made = image
    disc = tmp_path / "drive"
    burn(path, f"stdio:{disc}")
    disc_verify(disc, size_bytes=made.size_bytes, sha256=made.sha256)
    with disc.open("r+b") as scratched:
        scratched.seek(made.size_bytes // 2)
        byte = scratched.read(1)
        scratched.seek(-1, 1)
        scratched.write(bytes([byte[0] ^ 1]))
    with pytest.raises(DiscMismatch, match="Do not use this disc"):
        disc_verify(disc, size_bytes=made.size_bytes, sha256=made.sha256)


def test_disc_cut_short_is_found(image, tmp_path):
    path, made = image
    disc = tmp_path / "drive"
    disc.write_bytes(path.read_bytes()[:-2048])
    with pytest.raises(DiscMismatch) as caught:
        disc_verify(disc, size_bytes=made.size_bytes, sha256=made.sha256)
    assert caught.value.data["found_bytes"] == made.size_bytes - 2048


def test_disc_that_cannot_be_read_is_a_mismatch(tmp_path):
    with pytest.raises(DiscMismatch, match="cannot be read back"):
        disc_verify(tmp_path, size_bytes=2048, sha256="0" * 64)


def test_writer_that_writes_something_else_is_found_out(image, tmp_path, monkeypatch):
    path, _ = image
    liar = tmp_path / "xorriso"
    liar.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        '*-version*) echo "xorriso 1.5.4" ;;\n'
        '*-toc*) echo "Media status : is blank"; echo "Media blocks : 0 readable , 999999 writable" ;;\n'
        '*) for last; do :; done; for word; do case "$word" in dev=stdio:*) '
        'tr "\\000" "\\001" < "$last" > "${word#dev=stdio:}" ;; esac; done ;;\nesac\n'
    )
    liar.chmod(liar.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("CONTINUITY_XORRISO", str(liar))
    with pytest.raises(DiscMismatch):
        burn(path, f"stdio:{tmp_path / 'drive'}")


def test_disc_that_holds_data_is_not_touched(image, tmp_path):
    path, _ = image
    disc = tmp_path / "drive"
    burn(path, f"stdio:{disc}")
    before = disc.read_bytes()
    with pytest.raises(DeviceHoldsData, match="not empty, and nothing on it was touched"):
        burn(path, f"stdio:{disc}")
    assert disc.read_bytes() == before


def test_data_far_behind_a_blank_beginning_counts_as_data(image, tmp_path):
    path, _ = image
    disc = tmp_path / "drive"
    with disc.open("wb") as file:
        file.seek(6 * 1024 * 1024)
        file.write(b"x")
    with pytest.raises(DeviceHoldsData):
        burn(path, f"stdio:{disc}")


def test_disc_too_small_is_refused_before_a_byte_is_written(image, tmp_path):
    path, made = image
    disc = tmp_path / "drive"
    with pytest.raises(DeviceTooSmall, match="Insert a larger disc"):
        burn(path, f"stdio:{disc}", capacity_bytes=made.size_bytes - 1)
    assert not disc.exists()
    disc.write_bytes(bytes(made.size_bytes - 2048))
    with pytest.raises(DeviceTooSmall):
        burn(path, f"stdio:{disc}")
    assert not any(disc.read_bytes())


def test_block_device_that_is_no_optical_drive_is_refused(image, tmp_path):
    path, _ = image
    for device in ("/dev/null", "/dev/tty", str(tmp_path)):
        with pytest.raises(DeviceUnsuitable, match="not an optical drive"):
            burn(path, device)


def test_mounted_disk_is_refused(image):
    path, _ = image
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    devices = [line.split()[0] for line in mounts if line.startswith("/dev/")]
    if not devices:
        pytest.skip("nothing on this machine is mounted from a device")
    with pytest.raises(DeviceInUse, match="is mounted"):
        burn(path, devices[0])


def test_drive_that_is_not_there_is_named(image):
    path, _ = image
    with pytest.raises(DeviceUnsuitable, match="There is no drive /dev/sr77"):
        burn(path, "/dev/sr77")
    with pytest.raises(DeviceUnsuitable, match="There is no folder"):
        burn(path, "stdio:/no/such/folder/drive")


def test_image_that_is_not_the_sealed_one_is_not_burned(image, tmp_path):
    path, made = image
    with pytest.raises(ImageInvalid, match="not the image that was sealed"):
        burn(path, f"stdio:{tmp_path / 'drive'}", expected_sha256="0" * 64)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ImageInvalid, match="not a whole disc image"):
        burn(path, f"stdio:{tmp_path / 'drive'}")
    assert not (tmp_path / "drive").exists()
    assert made.size_bytes > path.stat().st_size


def test_progress_counts_writing_and_reading_back(image, tmp_path):
    path, made = image
    seen = []
    burn(path, f"stdio:{tmp_path / 'drive'}", on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2 * made.size_bytes, 2 * made.size_bytes)
    assert seen == sorted(seen)


def test_stopping_before_writing_leaves_the_disc_blank(image, tmp_path):
    path, _ = image
    with pytest.raises(DiscCancelled):
        burn(path, f"stdio:{tmp_path / 'drive'}", is_cancelled=lambda: True)
    assert not (tmp_path / "drive").exists()


def test_missing_xorriso_names_the_command_that_installs_it(image, tmp_path, monkeypatch):
    path, _ = image
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("CONTINUITY_XORRISO", raising=False)
    with pytest.raises(ToolMissing, match=r"apt-get install .*xorriso"):
        burn(path, f"stdio:{tmp_path / 'drive'}")
