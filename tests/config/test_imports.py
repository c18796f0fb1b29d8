"""Who may import whom: the contracts hold now, and each of them breaks when a module steps over its line."""

import shutil
import sys
from pathlib import Path

import pytest

from config.bootstrap.system import ROOT
from workers.exec.process import Completed, run

# contract, the module that steps over the line, what it says
TRESPASSES = {
    "Each room knows only the floors below it": ("evidence/vault/trespass.py", "import evidence.cases.apps"),
    "Rooms on one floor are strangers": ("evidence/editing/trespass.py", "import evidence.ingest.apps"),
    "Within a room": ("evidence/identity/models.py", "import evidence.identity.services"),
    "Nobody imports pages": ("evidence/identity/trespass.py", "import evidence.identity.views"),
    "know neither Django nor the product": ("workers/media/trespass.py", "import django"),
    "no codecs, no processes": ("workers/media/reports.py", "import av"),
    "recipe and report types from": ("evidence/editing/trespass.py", "import workers.media.probe"),
    "Only workers.exec starts a process": ("evidence/court/trespass.py", "import subprocess"),
}
CONTRACT = {"Rooms on one floor are strangers": "Each room knows only the floors below it"}


def lint(folder: Path) -> Completed:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    return run([sys.executable, "-c", program], timeout_s=120, cwd=folder, env={"COLUMNS": "300"}, ok=(0, 1))


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("imports")
    for name in ("config", "evidence", "workers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_product_keeps_every_import_rule(copy):
    result = lint(copy)
    assert result.returncode == 0, result.stdout.decode()
    assert "0 broken" in result.stdout.decode()


@pytest.mark.parametrize("rule", TRESPASSES)
def test_import_over_the_line_breaks_its_contract(copy, rule):
    place, statement = TRESPASSES[rule]
    path = copy / place
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{statement}\n")
    try:
        result = lint(copy)
    finally:
        path.unlink() if before is None else path.write_text(before)
    broken = [line for line in result.stdout.decode().splitlines() if "BROKEN" in line]
    assert result.returncode == 1
    assert any(CONTRACT.get(rule, rule) in line for line in broken), result.stdout.decode()
