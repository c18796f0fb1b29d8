"""The form of 'Check a file': a SHA-256, typed or pasted as a command printed it."""

import re

from django import forms
from django.core.exceptions import ValidationError

from evidence.audit.check_answers import Asked

SIZE_MAX_BYTES = 2**63 - 1
_SHA256 = re.compile(r"(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])")
_WRONG = "A SHA-256 has 64 figures, 0 to 9 and a to f. Copy the whole of it."


class CheckForm(forms.Form):
    """`size_bytes` comes from the script that read the file; without it the hash alone is asked for."""

    sha256 = forms.CharField(
        label="SHA-256", max_length=1000, help_text="64 figures. A whole line that a command printed will do.",
        widget=forms.TextInput(attrs={"class": "app-mono", "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip
    size_bytes = forms.IntegerField(required=False, min_value=0, max_value=SIZE_MAX_BYTES, widget=forms.HiddenInput)

    def clean_sha256(self) -> str:
        """In lower case, out of what commands print around it. Raises ValidationError where there is not one."""
        typed = self.cleaned_data["sha256"].lower()
        found = set(_SHA256.findall(typed)) or set(_SHA256.findall("".join(typed.split())))
        if len(found) != 1:
            raise ValidationError(_WRONG, code="sha256")
        return str(found.pop())

    def asked(self) -> Asked:
        """What to look for; call when the form is valid."""
        return Asked(self.cleaned_data["sha256"], self.cleaned_data["size_bytes"])
