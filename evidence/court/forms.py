"""Forms of court: which exhibits on what kind of disc, and for whom."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms

from evidence.cases.models import Exhibit
from evidence.court.models import DiscKind, DiscSet
from workers.disc.planning import MEDIA, MediumKind

KINDS = (
    (DiscKind.DATA.value, "Data disc: the files themselves, with documents and checksums"),
    (DiscKind.VIEWING.value, "Viewing DVD: plays in any DVD player, at lower quality; the data disc is the evidence"),
)


class ChoiceForm(forms.Form):
    """What goes on the discs. `choices`: exhibits and whether the asker may disclose each."""

    exhibits = forms.MultipleChoiceField(
        label="Exhibits", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one exhibit.", "invalid_choice": "Choose exhibits of this list."},
    )  # fmt: skip
    kind = forms.ChoiceField(label="Kind of disc", choices=KINDS, widget=forms.RadioSelect, initial=DiscKind.DATA)
    medium = forms.ChoiceField(
        label="Medium", choices=[(kind.value, medium.name) for kind, medium in MEDIA.items()],
        initial=MediumKind.DVD_5.value,
    )  # fmt: skip
    with_originals = forms.BooleanField(
        label="Also put the original file on the disc where it is not a plain MP4", required=False,
        help_text="Parts that cannot be played at all go as they were sealed, whether this is ticked or not.",
    )  # fmt: skip

    def __init__(self, *args: Any, exhibits: Sequence[tuple[Exhibit, bool]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["exhibits"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [
            (str(exhibit.pk), f"{exhibit.reference}: {exhibit.description}") for exhibit, may in exhibits if may
        ]


class DiscSetForm(ChoiceForm):
    """The choice, and to whom the discs go and why. `set_id` makes a button pressed twice one set."""

    recipient_name = forms.CharField(
        label="Who the discs are for", max_length=DiscSet._meta.get_field("recipient_name").max_length,
        help_text="The court, the CPS office or the solicitor. It is printed in the documents and on the record.",
        error_messages={"required": "Say who the discs are for."},
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason", max_length=DiscSet._meta.get_field("reason").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Why they are handed over. It goes into the custody record, not onto the discs.",
        error_messages={"required": "Say why the discs are made."},
    )  # fmt: skip
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    CHOICE = ("exhibits", "kind", "medium", "with_originals")

    def set_id(self) -> UUID:
        """The id of the set that this sending asks for: the same for the same wishes, another one for others.

        A form reached by the browser's Back carries its old key with new wishes, which are new discs.
        """
        found = self.cleaned_data
        wishes = [sorted(found["exhibits"]), found["kind"], found["medium"], found["with_originals"]]
        wishes += [" ".join(found["recipient_name"].split()), found["reason"].strip()]
        return uuid5(found["key"], json.dumps(wishes))

    def hide_choice(self) -> "DiscSetForm":
        """Show only what is asked now; the choice made before travels along."""
        for name in self.CHOICE:
            self.fields[name].widget = self.fields[name].hidden_widget()
        return self
