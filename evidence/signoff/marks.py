"""What every page of a redaction says: signed off, or not; and what whoever gives one away is told."""

from evidence.recordings.models import Kind, Recording
from evidence.signoff.queries import sign_off_of

UNSIGNED = (
    "This redaction is not signed off: no second person has signed what can still be seen in it. Its page 'Look again' "
    "says what is missing."
)


def caution_of(recording: Recording) -> str:
    """For whoever is about to give it away; '' for what is signed off, or no redaction."""
    return UNSIGNED if tag_of(recording) == "not_signed_off" else ""


def tag_of(recording: Recording) -> str:
    """A key of `evidence.http.states`; '' for what is no redaction."""
    if recording.kind != Kind.REDACTION:
        return ""
    return "signed_off" if sign_off_of(recording) else "not_signed_off"
