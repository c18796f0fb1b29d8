"""A witness that runs, shared by the tests of a module: each takes a log of its own that nobody has shown it yet."""

from collections.abc import Iterator

import pytest

from tests.custody.witness.making import NAME, Log, Started, started

_LOGS = [Log(f"log-{number}.example/custody") for number in range(60)]


@pytest.fixture(scope="session")
def _fresh_logs() -> Iterator[Log]:
    return iter(_LOGS)


@pytest.fixture(scope="session")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """`manage.py witness` at its first use, watching sixty logs."""
    with started(tmp_path_factory.mktemp("witness") / "kept", _LOGS, "--name", NAME) as there:
        yield there


@pytest.fixture
def log(_fresh_logs: Iterator[Log]) -> Log:
    """One that the witness watches and has seen nothing of."""
    return next(_fresh_logs)
