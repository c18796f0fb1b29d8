"""Forms of cases: opening one, putting somebody on it, producing and withdrawing an exhibit. Rules live in services."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from evidence.cases.models import Case
from evidence.http.form_fields import DatePartsField
from evidence.identity.form_fields import PersonField


class CaseForm(forms.Form):
    """A new case."""

    urn = forms.CharField(label="URN", max_length=30, help_text="The unique reference number, for example 20AB0012326.")
    title = forms.CharField(label="Title", max_length=160, help_text="What people call it. No names of victims.")
    officer_in_case = PersonField(label="Officer in the case")


class MemberForm(forms.Form):
    """Somebody to be put on a case."""

    person = PersonField(label="Who?")


class ExhibitForm(forms.Form):
    """A recording to be made an exhibit."""

    case = forms.ModelChoiceField(queryset=Case.objects.none(), label="Case", empty_label="Choose a case")
    producer = PersonField(label="Who produces it?", help_text="Its reference is their initials and the next number.")
    description = forms.CharField(
        label="What is it?", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="As it stands in the exhibit list, for example: body-worn video of the arrest.",
    )  # fmt: skip
    statement_on = DatePartsField(
        label="Date of their statement", help_text="The statement that refers to it.", initial=timezone.localdate
    )

    def __init__(self, *args: Any, cases: QuerySet[Case], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]


class WithdrawForm(forms.Form):
    """Why an exhibit is withdrawn."""

    reason = forms.CharField(
        label="Why is it withdrawn?", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Its number is not used again.",
    )  # fmt: skip
