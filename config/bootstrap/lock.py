"""`python -m config.bootstrap.lock [--check]`: the lock files in `requirements/`, from `pyproject.toml`.

They hold every hash and no address: where packages come from is the machine's business. Versions stay as they are while
they fit. The check allows hashes to be missing that a package's maker added later, and nothing else.
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

from config.bootstrap.packages import REQUIREMENTS, UV, uv_environment
from config.bootstrap.system import SetupFailed, run, say

_COMPILE = ("--quiet", "--generate-hashes", "--universal", "--python-version", "3.11", "--no-header")
LOCKS = {
    "base.txt": ("pyproject.toml",),
    "dev.txt": ("pyproject.toml", "--group", "dev"),
    "c2pa.txt": ("pyproject.toml", "--group", "c2pa"),
    # beside base.txt, not instead of it: its versions are the product's, and what is taken out there is needed here
    "transcript.txt": ("--group", "transcript", "--constraint", "requirements/base.txt", "--no-config"),
    "uv.txt": ("--group", "bootstrap"),
    # --no-config: `exclude-dependencies` would take out what is asked for by name here
    "bench.txt": ("--group", "bench", "--no-config"),
    "fallback.txt": ("--group", "fallback", "--no-deps", "--no-config"),
}


def pins_read(text: str) -> dict[str, set[str]]:
    """Each pinned line of a lock file (`name==version`, with its marker) and the hashes that stand under it."""
    pins: dict[str, set[str]] = {}
    pin = ""
    for line in text.splitlines():
        if match := re.match(r"\S+==[^\\]+", line):
            pin = match.group().strip()
            pins[pin] = set()
        elif match := re.search(r"--hash=(\S+)", line):
            pins[pin].add(match.group(1))
    return pins


def faults(name: str, *, committed: str, compiled: str) -> list[str]:
    """What is wrong with a committed lock file, in words; empty when nothing is."""
    ours, asked = pins_read(committed), pins_read(compiled)
    found = [f"{name}: names an address: {match.group()}" for match in re.finditer(r"\w+://\S+", committed)]
    found += [f"{name}: {pin} is not asked for by pyproject.toml" for pin in sorted(ours.keys() - asked.keys())]
    found += [f"{name}: {pin} is asked for and not locked" for pin in sorted(asked.keys() - ours.keys())]
    found += [f"{name}: {pin} has no hash" for pin, hashes in ours.items() if not hashes]
    found += [
        f"{name}: {pin} has hashes that no published file of it has"
        for pin in sorted(ours.keys() & asked.keys())
        if not ours[pin] <= asked[pin]
    ]
    return found


def _compile(name: str, into: Path) -> None:
    argv: list[str | Path] = [UV, "pip", "compile", *_COMPILE, *LOCKS[name], "-o", into]
    run(argv, hint="Does every name in pyproject.toml exist, and is the package index reachable?", env=uv_environment())


def main() -> int:
    """Writes the lock files, or with `--check` compares them; returns the exit status."""
    parser = argparse.ArgumentParser(prog="config.bootstrap.lock", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a lock file is not right")
    is_check = parser.parse_args().check
    found: list[str] = []
    try:
        for name in LOCKS:
            if not is_check:
                _compile(name, REQUIREMENTS / name)
                continue
            with tempfile.TemporaryDirectory() as folder:
                # uv keeps the versions of the file it writes over, so the comparison starts from a copy
                copy = Path(shutil.copy(REQUIREMENTS / name, folder))
                _compile(name, copy)
                found += faults(name, committed=(REQUIREMENTS / name).read_text(), compiled=copy.read_text())
    except SetupFailed as failure:
        found.append(str(failure))
    if found:
        say("\n".join([*found, "Run `make lock` and commit requirements/."]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
