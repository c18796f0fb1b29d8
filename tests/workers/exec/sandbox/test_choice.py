"""Which sandbox is taken, and that none means no media: fail closed."""

import sys
import threading
from pathlib import Path

import pytest

from workers.exec.errors import SandboxUnavailable
from workers.exec.sandbox import PROBE, Provider, media_argv, provider, sandbox_run
from workers.exec.sandbox.choice import ENV_VARIABLE
from workers.exec.sandbox.landlock import Landlock


def test_provider_is_chosen_once_a_process_and_the_best_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENV_VARIABLE, raising=False)
    chosen: list[Provider] = []
    threads = [threading.Thread(target=lambda: chosen.append(provider())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(chosen) == 4
    assert len({id(it) for it in chosen}) == 1


def test_variable_forces_a_provider(walls: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_VARIABLE, walls.name)
    assert provider().name == walls.name


def test_variable_cannot_switch_the_walls_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for value in ("none", "off", "0"):
        monkeypatch.setenv(ENV_VARIABLE, value)
        with pytest.raises(SandboxUnavailable, match="say bubblewrap or landlock"):
            sandbox_run(["true"], profile=PROBE, read={"/in/0": tmp_path / "file"})


def test_bubblewrap_that_cannot_start_anything_is_refused_and_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 9 && exit\necho "no user namespaces here" >&2\nexit 1\n'
    )
    broken.chmod(0o755)
    monkeypatch.setenv("CONTINUITY_BWRAP", str(broken))
    monkeypatch.setenv(ENV_VARIABLE, "bubblewrap")
    forget(monkeypatch)
    with pytest.raises(SandboxUnavailable, match="no user namespaces here"):
        provider()


def test_bubblewrap_that_confines_nothing_is_caught_by_the_canaries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sham = tmp_path / "bwrap"
    sham.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 9 && exit\n'
        'while [ "$1" != -- ]; do [ "$3" = /in/canary.py ] && canary="$2"; shift; done\n'
        'shift; exec "$1" -I -S -B "$canary" "$6"\n'
    )
    sham.chmod(0o755)
    monkeypatch.setenv("CONTINUITY_BWRAP", str(sham))
    monkeypatch.setenv(ENV_VARIABLE, "bubblewrap")
    forget(monkeypatch)
    with pytest.raises(SandboxUnavailable, match="sibling file: read 12 bytes"):
        provider()


def test_without_bubblewrap_the_fallback_is_taken_where_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = Landlock().absent_because()
    if reason is not None:
        pytest.skip(f"landlock: {reason}")
    monkeypatch.setenv("CONTINUITY_BWRAP", "/nowhere")
    monkeypatch.delenv(ENV_VARIABLE, raising=False)
    forget(monkeypatch)
    assert provider().name == "landlock"


def test_landlock_too_old_to_stop_truncation_is_absent() -> None:
    assert "cut short" in str(Landlock(abi=2).absent_because()) or "no Landlock" in str(
        Landlock(abi=2).absent_because()
    )
    assert "no Landlock" in str(Landlock(abi=0).absent_because())


def test_media_command_is_our_library_with_guest_names() -> None:
    argv = media_argv("probe", "/in/0")
    assert argv[0] == sys.executable
    assert argv[-4:] == ("-m", "workers.media", "probe", "/in/0")


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process chose before is forgotten for the length of the test."""
    monkeypatch.setattr("workers.exec.sandbox.choice._chosen", {})
