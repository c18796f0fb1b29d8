"""Forms of the second look: what is said of a place, and the signature. Rules are the services'."""

from collections.abc import Sequence
from typing import Any

from django import forms

from evidence.signoff.models import Decision, Place
from evidence.signoff.services.deciding import REASON_MAX
from evidence.signoff.services.signing import NOTE_MAX


def _decision(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=Decision.choices, coerce=Decision, widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is acceptable or must be redacted."},
    )  # fmt: skip


def _reason() -> forms.CharField:
    return forms.CharField(
        label="Why it is acceptable", required=False, max_length=REASON_MAX,
        help_text="For example: 'the officer's own face', 'a poster on a wall'.",
    )  # fmt: skip


class PlaceForm(forms.Form):
    """One place."""

    decision = _decision("What is to be done with it?")
    reason = _reason()

    @classmethod
    def of(cls, place: Place) -> "PlaceForm":
        """As the place stands; its fields carry its number, for a page has many."""
        given = {"decision": place.decision or None, "reason": place.reason}
        return cls(initial=given, prefix=prefix_of(place.number))


def prefix_of(number: int) -> str:
    """What the fields of a place are named by."""
    return f"place-{number}"


class TogetherForm(forms.Form):
    """Several places, decided together. Their ticks stand beside them on the list; `chosen` is what is ticked."""

    prefix = "together"
    places = forms.TypedMultipleChoiceField(
        label="Places", coerce=int, required=False, error_messages={"invalid_choice": "The list has no such place."}
    )
    decision = _decision("What is to be done with all that are ticked?")
    reason = _reason()

    def __init__(self, data: Any = None, *, numbers: Sequence[int], chosen: Sequence[int] = ()) -> None:
        super().__init__(data, initial={"places": list(chosen)})
        self.fields["places"].choices = [(number, str(number)) for number in numbers]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> set[int]:
        """The numbers that are ticked."""
        return {int(number) for number in self["places"].value() or () if str(number).isdecimal()}


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
