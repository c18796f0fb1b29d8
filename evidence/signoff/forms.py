"""Forms of the second look: what is said of a place, and the signature. Rules are the services'."""

from typing import Any

from django import forms

from evidence.signoff.models import Decision, Place
from evidence.signoff.services.deciding import REASON_MAX
from evidence.signoff.services.signing import NOTE_MAX


class PlaceForm(forms.Form):
    """One place."""

    decision = forms.TypedChoiceField(
        label="What is to be done with it?", choices=Decision.choices, coerce=Decision, widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is acceptable or must be redacted."},
    )  # fmt: skip
    reason = forms.CharField(
        label="Why it is acceptable", required=False, max_length=REASON_MAX,
        help_text="For example: 'the officer's own face', 'a poster on a wall'.",
    )  # fmt: skip

    @classmethod
    def of(cls, place: Place) -> "PlaceForm":
        """As the place stands; its fields carry its number, for a page has many."""
        given = {"decision": place.decision or None, "reason": place.reason}
        return cls(initial=given, prefix=prefix_of(place.number))


def prefix_of(number: int) -> str:
    """What the fields of a place are named by."""
    return f"place-{number}"


class SignForm(forms.Form):
    """The signature. `list_sha256` is that of the list on the page."""

    list_sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    has_watched = forms.BooleanField(
        label="I did not make this copy, and I have watched the whole of it myself.", required=False
    )
    note = forms.CharField(
        label="Note", required=False, max_length=NOTE_MAX,
        help_text="Goes into the custody record with your name.",
    )  # fmt: skip

    @classmethod
    def fresh(cls, list_sha256: str, **initial: Any) -> "SignForm":
        """For this list."""
        return cls(initial={"list_sha256": list_sha256, **initial})
