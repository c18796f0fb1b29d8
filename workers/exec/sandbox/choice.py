"""Which sandbox this process uses: bubblewrap, else Landlock, else none and a refusal.

Chosen once a process, after the cheap canaries of `canaries` held. CONTINUITY_SANDBOX names one provider and
forbids the other; it cannot turn the walls off.
"""

from __future__ import annotations

import os
import threading

from workers.exec.errors import SandboxUnavailable
from workers.exec.sandbox.base import Provider
from workers.exec.sandbox.bubblewrap import Bubblewrap
from workers.exec.sandbox.canaries import cheap_canaries
from workers.exec.sandbox.landlock import Landlock

ENV_VARIABLE = "CONTINUITY_SANDBOX"

_lock = threading.Lock()
_chosen: dict[str, Provider] = {}


def providers() -> tuple[Provider, ...]:
    """Every provider there is, best first."""
    return (Bubblewrap(), Landlock())


def provider() -> Provider:
    """The provider of this process. Raises SandboxUnavailable with each one's reason; a failure is not remembered."""
    wanted = os.environ.get(ENV_VARIABLE, "")
    with _lock:
        if wanted not in _chosen:
            _chosen[wanted] = _choose(wanted)
        return _chosen[wanted]


def _choose(wanted: str) -> Provider:
    candidates = [found for found in providers() if wanted in ("", found.name)]
    reasons = {} if candidates else {wanted: f"{ENV_VARIABLE} names no sandbox; say bubblewrap or landlock"}
    for candidate in candidates:
        reason = candidate.absent_because() or _broken_wall(candidate)
        if reason is None:
            return candidate
        reasons[candidate.name] = reason
    raise SandboxUnavailable(reasons)


def _broken_wall(candidate: Provider) -> str | None:
    broken = [f"{canary.name}: {canary.detail}" for canary in cheap_canaries(candidate) if not canary.is_held]
    return "; ".join(broken) or None
