"""Forms of searches: through the custody record, and through the security log."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from evidence.audit.queries import Search, SecuritySearch
from evidence.identity.models import Person, SecurityKind


class SearchForm(forms.Form):
    """Whose acts, on which item, when. At least a person, an item or a first day is needed."""

    person = forms.CharField(label="Collar number or sign-in name", required=False, max_length=80)
    item = forms.CharField(
        label="Number of the item", required=False, max_length=40,
        help_text="The long number on the Details tab of a recording, or of a case.",
    )  # fmt: skip
    from_on = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean_person(self) -> UUID | None:
        """The person's id, of people who left too. Raises ValidationError where there was never one."""
        person = _person(self.cleaned_data["person"])
        return person.id if person else None

    def clean_item(self) -> UUID | None:
        """The item's id. Raises ValidationError where it is no such number."""
        text = self.cleaned_data["item"].strip()
        try:
            return UUID(text) if text else None
        except ValueError as wrong:
            said = "This is not the number of an item. Copy it from its Details tab."
            raise ValidationError(said, code="id") from wrong

    def clean(self) -> dict[str, Any]:
        """Something must narrow it, and the days must be in order."""
        given = super().clean() or {}
        if not self.errors and not any(given.get(name) for name in ("person", "item", "from_on")):
            raise ValidationError("Give a person, an item or a first day: the whole record is too long to read.")
        first, last = given.get("from_on"), given.get("until_on")
        if first and last and first > last:
            self.add_error("until_on", "'Until' lies before 'from'. Swap them.")
        return given

    def search(self) -> Search:
        """What to look for; call when the form is valid."""
        given = self.cleaned_data
        return Search(
            actor=given["person"], item=given["item"], from_at=_midnight(given["from_on"]),
            until_at=_midnight(given["until_on"], days=1),
        )  # fmt: skip


class SecurityForm(forms.Form):
    """Whose lines of the security log, and of which kind; empty: all."""

    person = forms.CharField(label="Collar number or sign-in name", required=False, max_length=80)
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "Every kind"), *SecurityKind.choices])

    def clean_person(self) -> Person | None:
        """The person, also one who left. Raises ValidationError where there was never one."""
        return _person(self.cleaned_data["person"])

    def search(self) -> SecuritySearch:
        """What to look for; call when the form is valid."""
        return SecuritySearch(person=self.cleaned_data["person"], kind=self.cleaned_data["kind"])


def _person(typed: str) -> Person | None:
    """Whom this names, None for nothing typed. Raises ValidationError where there was never anybody."""
    name = typed.strip()
    if not name:
        return None
    people = Person.objects.all()
    person = people.filter(collar_number=name).first() or people.filter(username__iexact=name).first()
    if person is None:
        raise ValidationError("Nobody has this collar number or sign-in name. Check it.", code="unknown")
    return person


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min)) if day else None
