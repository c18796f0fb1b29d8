"""The test session itself: what it skips, what CI does not let it skip, what it keeps of the caller's environment."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from config.bootstrap import tools
from config.bootstrap.system import ROOT, VENV
from workers.exec.process import Completed, run

SKIPPED = """
import pytest
pytestmark = pytest.mark.shape
def test_lacks_something():
    pytest.skip("no such tool here")
"""
KEPT = """
import os
def test_environment():
    assert "CONTINUITY_DATABASE_URL" not in os.environ
    assert os.environ["CONTINUITY_REAL_MEDIA"] == "/media/given"
    assert "SHAPE_SESSION_FOLDER" in os.environ
"""


def session(place: Path, source: str, *options: str, **env: str) -> Completed:
    """A test session of its own over one file, with the suite's plugin and fixtures."""
    (place / "test_inner.py").write_text(source)
    suite = [
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(ROOT),
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
    ]
    argv = [sys.executable, "-m", "pytest", *suite, "-n0", *options, str(place / "test_inner.py")]
    return run(argv, timeout_s=120, cwd=ROOT, env=env, ok=range(6))


@pytest.fixture
def path_without_redis(tmp_path: Path) -> str:
    if (found := tools.find(tools.tool_named("redis-server"))) and found.is_relative_to(VENV):
        pytest.skip("Redis came from the package index here, so no PATH is without it")
    place = tmp_path / "bin"
    place.mkdir()
    for name in ("setpriv", "git"):
        if found := shutil.which(name):
            (place / name).symlink_to(found)
    return str(place)


def test_what_is_missing_is_skipped_by_name(tmp_path):
    result = session(tmp_path, SKIPPED)
    assert result.returncode == 0
    assert "no such tool here" in result.stdout.decode()


def test_skip_is_a_failure_where_everything_is_required(tmp_path):
    result = session(tmp_path, SKIPPED, REQUIRE_ALL="1")
    assert result.returncode == 1
    assert "no such tool here" in result.stdout.decode()
    assert "1 failed" in result.stdout.decode()


def test_module_that_skips_itself_fails_too_where_everything_is_required(tmp_path):
    source = "import pytest\npytest.importorskip('a_package_nobody_has', reason='not here')\ndef test_it(): pass\n"
    assert session(tmp_path, source, REQUIRE_ALL="1").returncode != 0


def test_second_shape_without_a_server_is_skipped_and_names_it(tmp_path, path_without_redis):
    result = session(tmp_path, SKIPPED, "--shape=force", PATH=path_without_redis)
    assert result.returncode == 0
    assert "redis-server is not installed" in result.stdout.decode()


def test_second_shape_without_a_server_fails_where_everything_is_required(tmp_path, path_without_redis):
    result = session(tmp_path, SKIPPED, "--shape=force", PATH=path_without_redis, REQUIRE_ALL="1")
    assert result.returncode == 4
    assert "redis-server is not installed" in result.stderr_tail


def test_test_that_meets_neither_database_nor_vault_runs_on_one_shape_only(tmp_path, path_without_redis):
    result = session(tmp_path, "def test_pure():\n    assert True\n", "--shape=force", PATH=path_without_redis)
    assert "1 deselected" in result.stdout.decode()


def test_settings_of_an_installation_do_not_reach_the_tests(tmp_path):
    given = {"CONTINUITY_DATABASE_URL": "postgres://real/records", "CONTINUITY_REAL_MEDIA": "/media/given"}
    result = session(tmp_path, KEPT, **given)
    assert result.returncode == 0, result.stdout.decode()


def test_each_process_of_a_session_has_a_folder_of_its_own():
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    assert os.environ["CONTINUITY_DATA"] == f"{os.environ['SHAPE_SESSION_FOLDER']}/{worker}"
