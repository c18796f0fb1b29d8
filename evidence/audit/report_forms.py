"""Forms of custody reports and of the log of processing: why it is needed, as what, and of which lines."""

from typing import Any

from django import forms

from evidence.audit.forms import SearchForm
from evidence.audit.redaction_reporting import RedactionFormat
from evidence.audit.reporting import ReportFormat, reason_of
from evidence.audit.section62 import ExportFormat
from evidence.custody.parties import Reason
from evidence.recordings.reasons import REASONS

REPORT_BUTTONS = ((ReportFormat.PDF.value, "Make PDF"), (ReportFormat.JSON.value, "Make JSON"))
REDACTION_BUTTONS = (
    (RedactionFormat.PDF.value, "Make PDF"), (RedactionFormat.CSV.value, "Make CSV for a spreadsheet"),
    (RedactionFormat.JSON.value, "Make JSON"),
)  # fmt: skip
EXPORT_BUTTONS = ((ExportFormat.CSV.value, "Make CSV"), (ExportFormat.JSONL.value, "Make JSON Lines"))


class WhyForm(forms.Form):
    """Why something of the record is taken along: one of the force's reasons, with words of one's own or without.

    `format` is the button that was pressed.
    """

    reason_code = forms.ChoiceField(
        label="Why do you need it?", choices=[("", "Choose a reason"), *REASONS],
        error_messages={"required": "Choose a reason."},
    )  # fmt: skip
    reason_text = forms.CharField(
        label="More about it", required=False, max_length=500,
        help_text="A reference or a few words. Needed where none of the reasons fits.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """'Another reason' needs its words."""
        given = super().clean() or {}
        if given.get("reason_code") == "other" and not given.get("reason_text", "").strip():
            self.add_error("reason_text", "Write the reason in a few words.")
        return given

    @property
    def reason(self) -> Reason:
        """As the record takes it; call when the form is valid."""
        return reason_of(self.cleaned_data["reason_code"], self.cleaned_data["reason_text"])


class ReportWhyForm(WhyForm):
    """A report of one item."""

    format = forms.TypedChoiceField(
        choices=[(each.value, each.name) for each in ReportFormat], coerce=ReportFormat, widget=forms.HiddenInput
    )


class RedactionWhyForm(WhyForm):
    """A redaction report of one working copy."""

    format = forms.TypedChoiceField(
        choices=[(each.value, each.name) for each in RedactionFormat], coerce=RedactionFormat, widget=forms.HiddenInput
    )


class SearchReportForm(ReportWhyForm, SearchForm):
    """A report across items: the search's own fields as well."""

    field_order = ("person", "item", "from_on", "until_on", "reason_code", "reason_text")


class LogExportForm(WhyForm, SearchForm):
    """The log of processing of a search."""

    format = forms.TypedChoiceField(
        choices=[(each.value, each.name) for each in ExportFormat], coerce=ExportFormat, widget=forms.HiddenInput
    )
    field_order = SearchReportForm.field_order
