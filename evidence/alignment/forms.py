"""Forms of alignment: which recordings, why they are opened, and an offset set by hand. Rules live in services."""

from decimal import Decimal

from django import forms


class HandForm(forms.Form):
    """By how much the other one begins after the first, in seconds, and what that rests on."""

    offset_s = forms.DecimalField(
        label="Begins after the first recording, in seconds", max_digits=12, decimal_places=3,
        help_text="Such as 12.34; less than 0 where it begins before. It is tried at once and kept when you say so.",
        error_messages={"required": "Enter by how many seconds it begins later.", "invalid": "Enter a number."},
    )  # fmt: skip
    reason = forms.CharField(
        label="What it rests on", max_length=500, error_messages={"required": "Say what the offset rests on."},
        help_text="For example: the door closes in both at once. It goes into both custody records.",
    )  # fmt: skip

    def offset_ms(self) -> int:
        """Milliseconds. Call when valid."""
        seconds: Decimal = self.cleaned_data["offset_s"]
        return round(seconds * 1000)
