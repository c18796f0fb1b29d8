"""What the repository may hold: locked packages, no secrets, no machine's own paths, nothing unfinished or too big.

The rules look at what git tracks or would track, so a forgotten file fails here before it is committed.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from config.bootstrap.lock import LOCKS, pins_read
from config.bootstrap.system import ROOT
from workers.exec.process import run

MEDIA = {
    ".mp4",
    ".mkv",
    ".mov",
    ".avi",
    ".ts",
    ".iso",
    ".wav",
    ".mp3",
    ".flac",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".pdf",
}
MEDIA_LIMIT_BYTES = 200 * 1024
FILE_LIMIT_BYTES = 1024 * 1024
FILE_LIMIT_LINES = 400
ALONE = Path("evidence/court/bundle/verify.py")
"""Goes onto discs by itself: whoever runs it has that one file."""
FUNCTION_LIMIT_LINES = 60
# put together here, so that this file does not hold what it forbids
MACHINE_PATHS = "|".join([r"/wor" + r"k/", r"/roo" + r"t/", r"/home/\w+/", "shared" + "/design"])
INDEX_HOSTS = "|".join(
    [r"pyp" + r"i\.org", "pythonhost" + "ed", r"npm" + r"js\.(?:org|com)", r"deb\.debi" + r"an\.org"]
)
SECRETS = "|".join(
    ["-----BEGIN [A-Z ]*PRIVATE " + "KEY-----", r"\bAKI" + r"A[0-9A-Z]{16}\b", r"\bgh[pousr]_" + r"\w{36}"]
)
UNFINISHED = r"\b(?:TO" + "DO|FIX" + "ME|X" + r"XX)\b"


@cache
def tracked() -> tuple[Path, ...]:
    """Every file git tracks or would track."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], timeout_s=30, cwd=ROOT)
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file() and not path.is_symlink())


def is_vendored(path: Path) -> bool:
    """Whether others wrote it and we ship it unchanged."""
    return "vendor" in path.parts or "govuk_fixtures" in path.parts


def texts() -> list[tuple[Path, str]]:
    """Tracked text files of our own, each with what it says."""
    found = []
    for path in tracked():
        if path.suffix in MEDIA or is_vendored(path):
            continue
        content = path.read_bytes()
        if b"\0" not in content[:4096]:
            found.append((path, content.decode()))
    return found


def lines_with(pattern: str) -> list[str]:
    """`path:line: what matched` for every line of ours that matches."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := re.search(pattern, line))
    ]


def python_texts() -> list[tuple[Path, str]]:
    """Tracked Python files of our own; migrations are written by Django."""
    sources = [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]
    return [(path, path.read_text()) for path in sources]


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All of a file but its expressions, which are most of it and hold no function that has lines of its own."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.expr):
            yield node
            yield from statements(node)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_file_pins_and_hashes_everything_and_names_no_address(name):
    text = (ROOT / "requirements" / name).read_text()
    pins = pins_read(text)
    assert pins
    assert all(pins.values())
    assert "://" not in text
    unpinned = [line for line in text.splitlines() if re.match(r"[A-Za-z]", line) and "==" not in line]
    assert unpinned == []


def test_every_runtime_package_is_locked_to_the_same_version_for_tests():
    base, dev = (pins_read((ROOT / "requirements" / name).read_text()) for name in ("base.txt", "dev.txt"))
    assert {pin.split(" ")[0] for pin in base} <= {pin.split(" ")[0] for pin in dev}


def test_no_file_names_a_path_of_somebodys_machine():
    assert lines_with(MACHINE_PATHS) == []


def test_no_file_names_where_packages_come_from():
    assert lines_with(INDEX_HOSTS) == []


def test_no_file_holds_a_secret():
    assert lines_with(SECRETS) == []
    assert [path for path in tracked() if path.name == ".env" or path.suffix in {".pem", ".key"}] == []


def test_no_source_is_marked_unfinished():
    sources = (".py", ".js", ".css", ".html", ".sh", "Makefile", "Dockerfile")
    assert [line for line in lines_with(UNFINISHED) if line.split(":")[0].endswith(sources)] == []


def test_no_file_is_too_big_to_review():
    big = {
        str(path.relative_to(ROOT)): path.stat().st_size
        for path in tracked()
        if path.stat().st_size > (MEDIA_LIMIT_BYTES if path.suffix in MEDIA else FILE_LIMIT_BYTES)
    }
    assert big == {}


def test_no_python_file_or_function_is_too_long_to_read():
    long = []
    for path, text in python_texts():
        if len(text.splitlines()) > FILE_LIMIT_LINES and path.relative_to(ROOT) != ALONE:
            long.append(str(path))
        for node in statements(ast.parse(text)):
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_function and (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LIMIT_LINES:
                long.append(f"{path}:{node.lineno} {node.name}")
    assert long == []


def test_requirements_table_names_only_tests_that_exist():
    text = (ROOT / "docs" / "requirements.md").read_text()
    named = re.findall(r"(tests/[\w/.]+\.py)::(\w+)", text)
    assert named
    functions = {
        path: set(re.findall(r"^ *(?:async )?def (\w+)\(", (ROOT / path).read_text(), re.MULTILINE))
        for path in {path for path, _ in named}
        if (ROOT / path).is_file()
    }
    assert [f"{path}::{name}" for path, name in named if name not in functions.get(path, set())] == []


def test_ci_runs_the_checks_and_the_tests_and_allows_no_skip():
    script = (ROOT / ".ci" / "run").read_text()
    assert "make check\n" in script
    assert "make test\n" in script
    assert "REQUIRE_ALL=1" in script
    makefile = (ROOT / "Makefile").read_text()
    prerequisites = dict(re.findall(r"^([a-z-]+):(.*?) ##", makefile, re.MULTILINE))
    assert {"lint", "types", "imports", "check-django", "lock-check"} <= set(prerequisites["check"].split())
    assert {"test-embedded", "test-force"} <= set(prerequisites["test"].split())


def test_make_help_lists_every_verb_once():
    phony = re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    helped = [line.split()[0] for line in run(["make", "help"], timeout_s=20, cwd=ROOT).stdout.decode().splitlines()]
    assert helped == phony
