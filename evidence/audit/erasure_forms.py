"""Forms of erasures: what is to be erased and by what authority, and why one is refused."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from evidence.custody.choosing import Text, texts_equal, texts_of_line, texts_of_person
from evidence.custody.erasing import Authority
from evidence.custody.models import AuthorityKind
from evidence.identity.models import Person

PERSON, TEXT, LINE = "person", "text", "line"
ACTOR, REASON, RECIPIENTS = "actor.name", "reason.text", "recipients."
_NEEDED = {PERSON: ("person",), TEXT: ("text",), LINE: ("item", "line", "fields")}
_REFERENCE = RegexValidator(
    r"^(?=.*\d)[A-Za-z0-9][A-Za-z0-9./:_-]{2,39}$",
    "Enter the number alone: letters, figures and . / : _ - without spaces, at least one figure. No names.",
)


class ProposeForm(forms.Form):
    """What to erase, by what authority, and why."""

    way = forms.ChoiceField(
        label="What is to be erased?", widget=forms.RadioSelect,
        choices=[
            (PERSON, "The name of somebody of the force, wherever it stands"),
            (TEXT, "A name or text exactly as it was typed, wherever it stands"),
            (LINE, "Texts of one line"),
        ],
    )  # fmt: skip
    person = forms.CharField(label="Collar number or sign-in name", required=False, max_length=80)
    with_reasons = forms.BooleanField(label="Also the reasons that this person wrote", required=False)
    text = forms.CharField(
        label="The text", required=False, max_length=500, strip=False,
        help_text="Letter by letter. A name inside a longer text is not found by it.",
    )  # fmt: skip
    item = forms.CharField(
        label="Number of the item", required=False, max_length=40,
        help_text="The long number on the Details tab of a recording, or of a case.",
    )  # fmt: skip
    line = forms.IntegerField(
        label="Number of the line", required=False, min_value=1, help_text="As in a report of the record."
    )
    fields_ = forms.MultipleChoiceField(
        label="Which of its texts?", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(ACTOR, "Name of who did it"), (RECIPIENTS, "Names of whom it was for"), (REASON, "Written reason")],
    )  # fmt: skip
    authority = forms.ChoiceField(label="By what authority?", choices=AuthorityKind.choices)
    reference = forms.CharField(
        label="Number of the order or decision", max_length=40, validators=[_REFERENCE],
        help_text="It stays in the record for good, for example T20267001 or DP/2026/014. No names.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why?", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It goes into the record. Do not repeat what is to be erased.",
    )  # fmt: skip

    def clean_item(self) -> UUID | None:
        """The item's id. Raises ValidationError where it is no such number."""
        text = self.cleaned_data["item"].strip()
        try:
            return UUID(text) if text else None
        except ValueError as wrong:
            said = "This is not the number of an item. Copy it from its Details tab."
            raise ValidationError(said, code="id") from wrong

    def clean_person(self) -> Person | None:
        """The person, also one who left. Raises ValidationError where there was never one."""
        name = self.cleaned_data["person"].strip()
        people = Person.objects.all()
        found = people.filter(collar_number=name).first() or people.filter(username__iexact=name).first()
        if name and found is None:
            raise ValidationError("Nobody has this collar number or sign-in name. Check it.", code="unknown")
        return found if name else None

    def clean(self) -> dict[str, Any]:
        """What the chosen way needs must be there."""
        given = super().clean() or {}
        for name in _NEEDED.get(given.get("way", ""), ()):
            field = "fields_" if name == "fields" else name
            if not given.get(field) and field not in self.errors:
                self.add_error(field, f"Needed for this: {self.fields[field].label}.")
        return given

    def chosen(self) -> list[Text]:
        """The texts; call when the form is valid."""
        given = self.cleaned_data
        if given["way"] == PERSON:
            return texts_of_person(given["person"].id, with_reasons=given["with_reasons"])
        if given["way"] == TEXT:
            return texts_equal(given["text"])
        wanted = tuple(given["fields_"])
        return [text for text in texts_of_line(given["item"], given["line"]) if text.field.startswith(wanted)]

    def authority_given(self) -> Authority:
        """By what; call when the form is valid."""
        return Authority(AuthorityKind(self.cleaned_data["authority"]), self.cleaned_data["reference"])


class RefuseForm(forms.Form):
    """Why nothing is erased."""

    reason = forms.CharField(
        label="Why is it refused or withdrawn?", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It goes into the record.",
    )  # fmt: skip
