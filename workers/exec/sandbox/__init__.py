"""Runs programs on hostile bytes where they see one file, no network and nobody else; or not at all.

`sandbox_run` is the way in for everything that opens media. `provider` picks how, once a process, and only after
its canaries held; when none holds, media is not opened (fail closed). How each provider confines is its own
module's docstring.
"""

from __future__ import annotations

from workers.exec.sandbox.base import OUT, Canary, Provider
from workers.exec.sandbox.choice import provider, providers
from workers.exec.sandbox.profiles import PROBE, Profile, render_profile
from workers.exec.sandbox.running import media_argv, sandbox_run

__all__ = [
    "OUT",
    "PROBE",
    "Canary",
    "Profile",
    "Provider",
    "media_argv",
    "provider",
    "providers",
    "render_profile",
    "sandbox_run",
]
