"""What higher rooms have made of a recording that binds it to its files as they are: an exhibit, for one.

Each such room registers its question in its `AppConfig.ready`, as it does with ways in. A newcomer's trap: a use is not
over when it is withdrawn; what was once produced as so many files must not have more of them later.
"""

from collections.abc import Callable
from uuid import UUID

IsUsed = Callable[[UUID], bool]
"""Whether the recording of this id is, or ever was, used so."""

_uses: dict[str, IsUsed] = {}


def use_register(key: str, is_used: IsUsed) -> None:
    """Add a use; the same key again replaces it."""
    _uses[key] = is_used


def is_in_use(recording: UUID) -> bool:
    """Whether any room has made something of it that binds it to its files."""
    return any(is_used(recording) for is_used in _uses.values())
