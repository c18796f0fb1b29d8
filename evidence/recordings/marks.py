"""What higher rooms say of a recording on every page of it, as a state tag: whether a redaction is signed off, for one.

Each such room registers its question in its `AppConfig.ready`, as it does with ways in.
"""

from collections.abc import Callable

from evidence.recordings.models import Recording

TagOf = Callable[[Recording], str]
"""A key of `evidence.http.states`; '' where there is nothing to say."""

_marks: dict[str, TagOf] = {}


def mark_register(key: str, tag_of: TagOf) -> None:
    """Add a mark; the same key again replaces it."""
    _marks[key] = tag_of


def marks_of(recording: Recording) -> list[str]:
    """The tags that higher rooms give it."""
    return [tag for tag_of in _marks.values() if (tag := tag_of(recording))]
