"""The upload form: files, and what their sender knows of them. Everything but the files may be left empty."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

CUT = "The connection was lost before the whole form had arrived, so nothing was taken in. Choose the files again."


class ManyFilesInput(forms.FileInput):
    """A file input for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files; an empty file is a file."""

    widget = ManyFilesInput

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty_file=True, **options)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """All of them. Raises ValidationError when there is none."""
        return [super(FilesField, self).clean(item, initial) for item in data or [None]]


class LocalTimeInput(forms.DateTimeInput):
    """The browser's own picker of day and time, to the second."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"step": "1"}, format="%Y-%m-%dT%H:%M:%S")


class UploadForm(forms.Form):
    """`complete` comes last in the page: a form that was cut on its way lacks it."""

    recordings = FilesField(
        label="Recordings", help_text="One or more files, of any kind and size. They are sealed as they are.",
        error_messages={"required": "Choose at least one file."},
    )  # fmt: skip
    officer = forms.CharField(
        label="Officer", required=False, max_length=64,
        help_text="Collar number of the officer who recorded it. Empty: whoever had the camera; without a camera, the "
        "officer who sends it.",
    )  # fmt: skip
    camera = forms.CharField(label="Camera", required=False, max_length=64, help_text="Serial number on its back.")
    recorded_at = forms.DateTimeField(label="Recorded at", required=False, widget=LocalTimeInput)
    incident = forms.CharField(label="Incident", required=False, max_length=80, help_text="For example CV-20431.")
    complete = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Refuse what was cut on its way."""
        if not self.cleaned_data.get("complete"):
            raise ValidationError(CUT, code="cut")
        return self.cleaned_data

    def metadata(self) -> dict[str, str]:
        """What was entered, as Upload-Metadata has it."""
        entered = {name: str(self.cleaned_data[name]).strip() for name in ("officer", "camera", "incident")}
        moment = self.cleaned_data["recorded_at"]
        if moment is not None:
            entered["recorded_at"] = moment.astimezone(timezone.get_default_timezone()).isoformat()
        return {name: value for name, value in entered.items() if value}
