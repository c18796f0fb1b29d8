"""Forms of recordings: why it is opened, what is put on it, what is looked for. Rules live in services."""

import re
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from evidence.identity.models import Person
from evidence.recordings.models import Category, Kind, Recording, State
from evidence.recordings.queries import Criteria
from evidence.recordings.reasons import REASONS

_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6}(?:\.\d{1,6})?)")


WAITS = (("to-tag", "To tag"), ("to-review", "To review"), ("flagged", "Failed or flagged"))


class SecondsField(forms.CharField):
    """A time within a recording: `72.5`, `1:12.5` or `0:01:12.5`; cleans to seconds."""

    def clean(self, value: Any) -> float | None:
        """Seconds. Raises ValidationError where it is no time."""
        text = super().clean(value)
        if not text:
            return None
        match = _CLOCK.fullmatch(text.strip())
        if match is None:
            raise ValidationError("Enter a time as minutes and seconds, for example 1:12.5.", code="time")
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds


class ReasonForm(forms.Form):
    """Why a recording is opened: one of the force's reasons, words of one's own, or both."""

    reason_code = forms.ChoiceField(label="Why are you opening it?", choices=REASONS, widget=forms.RadioSelect)
    reason_text = forms.CharField(
        label="More about it", required=False, max_length=500,
        help_text="A reference or a few words. Needed where none of the reasons fits.",
    )  # fmt: skip
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """'Another reason' needs its words."""
        given = super().clean() or {}
        if given.get("reason_code") == "other" and not given.get("reason_text", "").strip():
            self.add_error("reason_text", "Write the reason in a few words.")
        return given


class MarkerForm(forms.Form):
    """A marker; the player fills in time and frame."""

    text = forms.CharField(label="What happens here", required=False, max_length=300)
    at_s = SecondsField(label="Time", max_length=20, help_text="Minutes and seconds, such as 1:12.5. M fills it in.")
    frame = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    part = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class NoteForm(forms.Form):
    """A note."""

    text = forms.CharField(label="Note", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class DetailsForm(forms.Form):
    """Category, title and incident. `version` is the one the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    category = forms.ModelChoiceField(Category.objects.all(), required=False, empty_label="Not tagged yet")
    title = forms.CharField(required=False, max_length=120)
    incident_ref = forms.CharField(label="Incident", required=False, max_length=80)

    @classmethod
    def of(cls, recording: Recording) -> "DetailsForm":
        """The form as the recording stands."""
        values = {
            "version": recording.version, "category": recording.category_id, "title": recording.title,
            "incident_ref": recording.incident_ref,
        }  # fmt: skip
        return cls(initial=values, prefix="details")


class RestrictionForm(forms.Form):
    """Restrict, or lift it, with a reason."""

    is_restricted = forms.TypedChoiceField(
        label="Who may see it", widget=forms.RadioSelect, coerce=lambda value: value == "1",
        choices=[("1", "Restricted: only its officer and people on its list"), ("0", "Not restricted")],
    )  # fmt: skip
    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


PLACES = (
    ("may_edit", "Make working copies: clips, redactions, stills"),
    ("may_download", "Download it"),
    ("may_disclose", "Disclose it: send links, make discs"),
)


class AccessForm(forms.Form):
    """Put a person on the access list, with what they may beside watching."""

    username = forms.CharField(label="Sign-in name or collar number", max_length=80)
    access_reason = forms.CharField(label="Reason", max_length=500)
    rights = forms.MultipleChoiceField(
        label="They may watch it. What else?", required=False, choices=PLACES, widget=forms.CheckboxSelectMultiple,
        help_text="It holds for the working copies they make of it too.",
    )  # fmt: skip

    def clean_username(self) -> Person:
        """The person. Raises ValidationError where there is none who is still here."""
        name = self.cleaned_data["username"].strip()
        people = Person.objects.filter(is_active=True)
        person = people.filter(username__iexact=name).first() or people.filter(collar_number=name).first()
        if person is None or not name:
            raise ValidationError("Nobody here has this sign-in name or collar number. Check it.", code="unknown")
        return person


class FindForm(forms.Form):
    """What is looked for; every field may stay empty."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    kind = forms.ChoiceField(label="What", required=False, choices=[("", "Anything"), *Kind.choices])
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *State.choices])
    category = forms.ModelChoiceField(Category.objects.all(), required=False, empty_label="Any")
    officer = forms.CharField(label="Officer's collar number", required=False, max_length=12)
    from_on = forms.DateField(label="Recorded from", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label="Recorded until", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    waits = forms.ChoiceField(label="In my queue", required=False, choices=[("", "Anything"), *WAITS])

    def clean_officer(self) -> UUID | None:
        """The officer's id. Raises ValidationError where nobody has this number."""
        number = self.cleaned_data["officer"].strip()
        if not number:
            return None
        person = Person.objects.filter(collar_number=number).first()
        if person is None:
            raise ValidationError("Nobody has this collar number. Check it, or leave it empty.", code="unknown")
        return person.id

    def clean(self) -> dict[str, Any]:
        """The dates must be in order."""
        given = super().clean() or {}
        first, last = given.get("from_on"), given.get("until_on")
        if first and last and first > last:
            self.add_error("until_on", "'Until' lies before 'from'. Swap them.")
        return given

    def criteria(self) -> Criteria:
        """What to search for; call when the form is valid."""
        given = self.cleaned_data
        category = given["category"]
        return Criteria(
            text=given["q"], kind=given["kind"], state=given["state"], category=category.id if category else None,
            officer=given["officer"], from_at=_begin(given["from_on"]), until_at=_begin(given["until_on"], days=1),
            waits=given["waits"],
        )  # fmt: skip


def _begin(day: Any, days: int = 0) -> datetime | None:
    """Midnight at the start of a day (or `days` later), local time."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))
