"""The pytest plugin behind `--shape`: it says which database, broker, cache and vault this session runs against.

`embedded` is SQLite, folders as the broker and a directory as the vault; `force` is PostgreSQL, Redis and S3. It acts
before Django reads its settings, and every process of the session gets a database, a bucket and folders of its own.
"""

import os
from contextlib import ExitStack

import pytest

from config.bootstrap.system import SetupFailed
from config.bootstrap.tools import TOOLS
from tests.servers.postgres import postgres
from tests.servers.redis import redis
from tests.servers.running import ServerMissing, folder
from tests.servers.s3 import Store, s3

_KEPT = {tool.variable for tool in TOOLS} | {"CONTINUITY_REAL_MEDIA", "CONTINUITY_SANDBOX"}
_SESSION = "SHAPE_SESSION_"


LONGEST = {"test_access_table.py", "test_docs.py", "test_walkthrough.py", "test_upload_session.py"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shape", choices=("embedded", "force"), default="embedded",
        help="which of the two shapes of the product the tests run against (default: embedded)",
    )  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    for name in [name for name in os.environ if name.startswith("CONTINUITY_") and name not in _KEPT]:
        del os.environ[name]  # an installation's own settings must not reach the tests, nor the tests its database
    options = early_config.known_args_namespace
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _session_start(early_config, shape=options.shape)
    os.environ.update(_environment(worker or "main"))


def _session_start(config: pytest.Config, *, shape: str) -> None:
    """Once a session: its folder, and the servers of the second shape. What xdist starts later inherits both."""
    for name in [name for name in os.environ if name.startswith(_SESSION)]:
        del os.environ[name]
    stack = ExitStack()
    config.add_cleanup(stack.close)
    os.environ[f"{_SESSION}FOLDER"] = str(stack.enter_context(folder("tests")))
    wanted = config.known_args_namespace
    if shape != "force" or wanted.collectonly or wanted.help or wanted.version:
        return
    try:
        database = stack.enter_context(postgres())
        queue = stack.enter_context(redis())
        store = stack.enter_context(s3())
    except ServerMissing as missing:
        if os.environ.get("REQUIRE_ALL") == "1":
            raise pytest.UsageError(str(missing)) from missing
        os.environ[f"{_SESSION}MISSING"] = str(missing)
        return
    except SetupFailed as wrong:
        raise pytest.UsageError(str(wrong)) from wrong
    os.environ[f"{_SESSION}POSTGRES"] = database
    os.environ[f"{_SESSION}REDIS"] = queue
    os.environ[f"{_SESSION}S3"] = store.endpoint


def _environment(worker: str) -> dict[str, str]:
    """The product's variables for one process of the session; `worker` is xdist's name for it, or "main"."""
    session = {name.removeprefix(_SESSION): value for name, value in os.environ.items() if name.startswith(_SESSION)}
    embedded = {
        "CONTINUITY_DATA": f"{session['FOLDER']}/{worker}", "CONTINUITY_PUBLIC_PORT": "0",
        # a detector for every redaction would take minutes; those tests that are about it choose one
        "CONTINUITY_LOOK_AGAIN": "off",
    }  # fmt: skip
    if "S3" not in session:
        return embedded
    number = 0 if worker == "main" else 1 + int(worker.removeprefix("gw"))
    store = Store(session["S3"])
    bucket = f"continuity-{worker}"
    store.bucket_make(bucket)
    return {
        **embedded,
        "CONTINUITY_DATABASE_URL": f"{session['POSTGRES']}/continuity_{worker}",
        "CONTINUITY_BROKER_URL": f"{session['REDIS']}/{2 * number}",
        "CONTINUITY_CACHE_URL": f"{session['REDIS']}/{2 * number + 1}",
        "CONTINUITY_VAULT_URL": f"s3://{bucket}",
        "CONTINUITY_S3_ENDPOINT": store.endpoint,
        "CONTINUITY_S3_ACCESS_KEY": store.access_key,
        "CONTINUITY_S3_SECRET_KEY": store.secret_key,
        # tests take away what they sealed; those of the locks set this themselves
        "CONTINUITY_LOCK_MODE": "off",
    }


def is_shape_dependent(item: pytest.Item) -> bool:
    """Whether a test meets the database, the broker or the vault: those run on both shapes, the others once.

    What a browser shows does not change with the database: such tests run once too, unless marked `shape`. So do
    those marked `once`: long tables of who gets through, and what depends on the footage alone.
    """
    if item.get_closest_marker("once") or (item.get_closest_marker("browser") and not item.get_closest_marker("shape")):
        return False
    marked = any(item.get_closest_marker(name) for name in ("django_db", "shape"))
    return marked or not {"db", "transactional_db", "live_site", "live_worker"}.isdisjoint(_fixtures(item))


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    return tuple(item.fixturenames) if isinstance(item, pytest.Function) else ()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # what takes longest begins first: at the end it would keep one process busy while the others have nothing to do
    items.sort(key=lambda item: item.path.name not in LONGEST)
    if config.getoption("shape") != "force":
        return
    unconcerned = [item for item in items if not is_shape_dependent(item)]
    if unconcerned:
        config.hook.pytest_deselected(items=unconcerned)
        items[:] = [item for item in items if is_shape_dependent(item)]
    if missing := os.environ.get(f"{_SESSION}MISSING"):
        for item in items:
            item.add_marker(pytest.mark.skip(reason=missing))


def pytest_report_header(config: pytest.Config) -> str:
    return f"shape: {config.getoption('shape')}"
