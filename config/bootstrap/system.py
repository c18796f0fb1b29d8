"""The machine under the set-up: running commands, Debian's packages, and words for people.

Not the product's way to start a process: that is `workers/exec`, which needs what is installed here first.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"


class SetupFailed(Exception):
    """The set-up cannot go on; the message says what to do next."""


def say(text: str) -> None:
    """Prints a line at once, so that it stands in order with what the commands print."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(argv: Sequence[str | Path], *, hint: str, env: Mapping[str, str] | None = None) -> None:
    """Runs a command in the checkout's root, its output shown.

    Raises:
        SetupFailed: it could not start or did not exit with 0; `hint` is what to do about it.
    """
    words = [str(word) for word in argv]
    try:
        status = subprocess.run(words, cwd=ROOT, check=False, env={**os.environ, **(env or {})}).returncode
    except OSError as error:
        raise SetupFailed(f"{words[0]} did not start: {error}.\n{hint}") from error
    if status != 0:
        raise SetupFailed(f"`{' '.join(words)}` ended with status {status}.\n{hint}")


def can_use_apt() -> bool:
    """Whether Debian packages can be installed without asking anyone."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_command(names: Sequence[str]) -> str:
    """The line for a person to type."""
    return f"sudo apt-get update && sudo apt-get install --no-install-recommends {' '.join(names)}"


def apt_install(names: Sequence[str]) -> None:
    """Installs Debian packages; refreshes the package list first.

    Raises:
        SetupFailed: apt could not fetch or install them.
    """
    hint = f"Install them by hand, then run this again:\n  {apt_command(names)}"
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], hint=hint, env=env)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names], hint=hint, env=env)
