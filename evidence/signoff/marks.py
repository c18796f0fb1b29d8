"""What every page of a redaction says: signed off, or not; and what whoever gives one away is told."""

from django.conf import settings

from evidence.recordings.models import Kind, Recording
from evidence.signoff.queries import sign_off_of

UNSIGNED = (
    "This redaction is not signed off: no second person has signed what can still be seen in it. Its page 'Look again' "
    "says what is missing."
)

BARRED = (
    "This redaction is not signed off, and nothing that is not leaves the force. Have a second person read and sign "
    "its page 'Look again'."
)
BARRED_BY_PARENT = (
    "It was made from a redaction that is not signed off, and nothing that is not leaves the force. Have a second "
    "person read and sign the page 'Look again' of that redaction."
)


def caution_of(recording: Recording) -> str:
    """For whoever is about to give it away; '' for what is signed off, or no redaction."""
    return UNSIGNED if tag_of(recording) == "not_signed_off" else ""


def bar_of(recording: Recording) -> str:
    """Why it may not be given away, where the force asks for a signature first; '' where it may.

    What was cut or taken from a redaction shows what that shows, so it waits for the same signature.
    """
    if not settings.SIGN_OFF_REQUIRED:
        return ""
    made_of: Recording | None = recording
    while made_of is not None:
        if tag_of(made_of) == "not_signed_off":
            return BARRED if made_of.pk == recording.pk else BARRED_BY_PARENT
        made_of = made_of.parent
    return ""


def tag_of(recording: Recording) -> str:
    """A key of `evidence.http.states`; '' for what is no redaction."""
    if recording.kind != Kind.REDACTION:
        return ""
    return "signed_off" if sign_off_of(recording) else "not_signed_off"
