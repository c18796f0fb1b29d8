"""Forms of sharing: with a colleague, by link, and until when. What may be is said by services, not here."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from evidence.http.form_fields import DatePartsField
from evidence.identity.form_fields import PersonField
from evidence.sharing.expiry import end_of
from evidence.sharing.services.links import LinkTerms

USUAL_DAYS = 28


def _in_four_weeks() -> Any:
    return timezone.localdate() + timedelta(days=USUAL_DAYS)


class ShareForm(forms.Form):
    """Share with a colleague."""

    to = PersonField(label="Who is it for?")
    reason = forms.CharField(
        label="Why?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="They see this in their queue.",
    )
    until = DatePartsField(
        label="Until when?", help_text="The last day. A year from now at most.", initial=_in_four_weeks
    )


class LinkForm(forms.Form):
    """A link for somebody outside the force."""

    link_id = forms.UUIDField(widget=forms.HiddenInput)
    recipient_name = forms.CharField(label="Name of the recipient", max_length=120)
    organisation = forms.CharField(
        label="Their organisation", max_length=120, required=False, help_text="For example the CPS, or a law firm."
    )
    email = forms.EmailField(
        label="Their e-mail address", required=False,
        help_text="The link is sent there. Without it you pass on the link yourself.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why is it disclosed?", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The recipient sees this.",
    )  # fmt: skip
    message = forms.CharField(
        label="Message to the recipient", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    expires = DatePartsField(
        label="Until when?", help_text="The last day. A year from now at most.", initial=_in_four_weeks
    )
    may_download = forms.BooleanField(label="They may download the file, not only watch it", required=False)
    needs_code = forms.BooleanField(
        label="Ask for a one-time code, sent to their e-mail address, each time it is opened", required=False
    )

    def terms(self) -> LinkTerms:
        """What the valid form asks for."""
        given = {key: value for key, value in self.cleaned_data.items() if key not in {"link_id", "expires"}}
        return LinkTerms(expires_at=end_of(self.cleaned_data["expires"]), **given)


class ExtendForm(forms.Form):
    """A link's new end."""

    expires = DatePartsField(label="Until when?", help_text="The last day. A year from now at most.")
