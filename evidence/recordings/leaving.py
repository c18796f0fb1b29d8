"""What somebody who gives a working copy away has to know of how it was made."""

from evidence.recordings.models import Recording

FAST = (
    "Parts of this copy were taken over from the recording unchanged, which not every player outside the force was "
    "tested with. Make it again as 'Most compatible' if it has to play anywhere."
)


def is_fast(recording: Recording) -> bool:
    """Whether frames of a working copy were copied and others encoded, so that one film holds two streams' settings."""
    segments = (recording.statement or {}).get("segments", ())
    return any(each["frames_copied"] and each["frames_encoded"] for each in segments)


def leaving_caution(recording: Recording) -> str:
    """For whoever is about to give it away; '' where there is nothing to say."""
    return FAST if is_fast(recording) else ""
