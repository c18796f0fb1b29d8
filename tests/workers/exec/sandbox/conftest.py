"""Every provider under one suite; one that this machine cannot have is skipped by name, with its own reason."""

from functools import cache

import pytest

from workers.exec.sandbox import Provider
from workers.exec.sandbox.bubblewrap import Bubblewrap
from workers.exec.sandbox.canaries import cheap_canaries
from workers.exec.sandbox.landlock import Landlock

# The oldest Landlock that is accepted leaves most to the system call filter, so it is proven beside the kernel's own.
PROVIDERS = {"bubblewrap": Bubblewrap(), "landlock": Landlock(), "landlock-oldest": Landlock(abi=3)}


@cache
def absence(name: str) -> str | None:
    """Why the provider cannot run anything here: it is absent, or the kernel forbids what it needs."""
    candidate = PROVIDERS[name]
    canaries = [] if candidate.absent_because() else cheap_canaries(candidate)
    return candidate.absent_because() or next((it.detail for it in canaries if it.name == "starting a program"), None)


@pytest.fixture(params=list(PROVIDERS))
def walls(request: pytest.FixtureRequest) -> Provider:
    """A provider that can run here."""
    reason = absence(request.param)
    if reason is not None:
        pytest.skip(f"{request.param}: {reason}")
    return PROVIDERS[request.param]
