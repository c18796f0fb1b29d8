"""The form of proposals to mute: yes, no or not yet to each, and why what is accepted is muted."""

from collections.abc import Mapping, Sequence

from django import forms

from evidence.editing.proposals import Proposal
from evidence.editing.reasons import COVER_REASONS

ACCEPT, REFUSE, LATER = "accept", "refuse", "later"
CHOICES = ((ACCEPT, "Mute"), (REFUSE, "Leave"), (LATER, "Not yet"))
PHRASE_MAX = 100


class MutesForm(forms.Form):
    """One radio group for each proposal; `decided`: what was said before, by key; `part` None: the whole recording."""

    def __init__(
        self, data: object = None, *, proposals: Sequence[Proposal], decided: Mapping[str, bool], part: int | None,
        said: str,
    ) -> None:  # fmt: skip
        super().__init__(data)  # type: ignore[arg-type]
        self.proposals = proposals
        self.fields["part"] = forms.IntegerField(min_value=1, required=False, initial=part, widget=forms.HiddenInput)
        self.fields["said"] = forms.CharField(
            required=False, max_length=PHRASE_MAX, initial=said, widget=forms.HiddenInput
        )
        for row in proposals:
            before = decided.get(row.key)
            initial = LATER if before is None else ACCEPT if before else REFUSE
            self.fields[row.key] = forms.ChoiceField(choices=CHOICES, required=False, initial=initial)
        self.fields["reason"] = forms.ChoiceField(
            label="Why what you mute is muted", choices=COVER_REASONS, initial="personal-details"
        )

    def decisions(self) -> dict[str, bool]:
        """What was said yes or no to. Call when valid."""
        given = {row.key: self.cleaned_data[row.key] for row in self.proposals}
        return {key: said == ACCEPT for key, said in given.items() if said in {ACCEPT, REFUSE}}
