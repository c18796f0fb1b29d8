"""What somebody who gives a working copy away has to know of it: how it was made, and what higher rooms say.

Each such room registers its question in its `AppConfig.ready`, as it does with ways in. A caution is told; a bar
refuses, and every door out of the force asks for it.
"""

from collections.abc import Callable

from evidence.recordings.errors import MayNotLeave
from evidence.recordings.models import Recording

FAST = (
    "Parts of this copy were taken over from the recording unchanged, which not every player outside the force was "
    "tested with. Make it again as 'Most compatible' if it has to play anywhere."
)


Caution = Callable[[Recording], str]
"""A sentence for whoever gives it away; '' where there is nothing to say."""

Bar = Callable[[Recording], str]
"""Why it may not be given away, and what to do; '' where it may."""

_cautions: dict[str, Caution] = {}
_bars: dict[str, Bar] = {}


def caution_register(key: str, says: Caution) -> None:
    """Add a caution; the same key again replaces it."""
    _cautions[key] = says


def bar_register(key: str, says: Bar) -> None:
    """Add a bar; the same key again replaces it."""
    _bars[key] = says


def leaving_bar(recording: Recording) -> str:
    """Why it may not be given away; '' where nothing is in the way."""
    return " ".join(sentence for says in _bars.values() if (sentence := says(recording)))


def leaving_require(recording: Recording, name: str = "") -> None:
    """Asked by every door out of the force, before anything is made or promised. `name`: what the asker calls it.

    Raises:
        MayNotLeave: says why not, and what to do.
    """
    if sentence := leaving_bar(recording):
        raise MayNotLeave(f"{name}: {sentence}" if name else sentence)


def is_fast(recording: Recording) -> bool:
    """Whether frames of a working copy were copied and others encoded, so that one film holds two streams' settings."""
    segments = (recording.statement or {}).get("segments", ())
    return any(each["frames_copied"] and each["frames_encoded"] for each in segments)


def leaving_caution(recording: Recording) -> str:
    """For whoever is about to give it away; '' where there is nothing to say."""
    said = [FAST if is_fast(recording) else "", *(says(recording) for says in _cautions.values())]
    return " ".join(sentence for sentence in said if sentence)
