"""Forms of the editor: what to make and why. Each works with script (fields filled by the player) and without (lines).

Rules live in services: a form only reads what was typed. `request` names one filled-in form, so that sending it twice
makes one copy.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from evidence.editing.lines import LineWrong, boxes_read, covers_read, moment_read, mutes_read, stretches_read
from evidence.editing.reasons import COVER_REASONS
from evidence.editing.stretches import Edge, Stretch
from evidence.editing.typed import Typed
from evidence.editing.ways import COMPATIBLE, WAYS, WAYS_HINT, way_usual
from evidence.editing.written import TIMES, Written
from evidence.recordings.models import Kind
from workers.media.sheet_report import MOST_FRAMES, USUAL_FRAMES

T = TypeVar("T")
WRITTEN = ("caption", "time_shown", "viewer")
"""Fields of what goes on every picture."""


class LinesField(forms.CharField):
    """A text of lines, cleaned by a reader of `lines`; `empty` where nothing is written."""

    def __init__(self, read: Callable[[str], Any], **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}))
        super().__init__(required=False, max_length=50_000, **options)
        self._read = read

    def clean(self, value: Any) -> Any:
        """What the lines say. Raises ValidationError for one that cannot be read."""
        text = super().clean(value)
        try:
            return self._read(text)
        except LineWrong as wrong:
            raise ValidationError(str(wrong), code="line") from wrong


class MomentField(forms.CharField):
    """One frame: `f312` or `0:12.480`."""

    def clean(self, value: Any) -> Edge:
        """The point. Raises ValidationError where it is none."""
        text = super().clean(value)
        try:
            return moment_read(text)
        except LineWrong as wrong:
            raise ValidationError(str(wrong), code="moment") from wrong


class DrawnField(forms.CharField):
    """JSON that the player keeps in a field of text; what it means is read later."""

    def __init__(self, kind: type, **options: Any) -> None:
        super().__init__(required=False, max_length=2_000_000, **options)
        self._kind = kind

    def clean(self, value: Any) -> Any:
        """The JSON value, empty where nothing was drawn. Raises ValidationError where it is none of its kind."""
        text = super().clean(value)
        try:
            found = json.loads(text) if text.strip() else self._kind()
        except ValueError as wrong:
            raise ValidationError("What was drawn cannot be read. Reload the page and try again.") from wrong
        if not isinstance(found, self._kind):
            raise ValidationError("What was drawn cannot be read. Reload the page and try again.")
        return found


class CopyForm(forms.Form):
    """What every order has: the reason, the part (empty: the whole recording), and the name of this asking."""

    reason = forms.CharField(
        label="Why is this copy made?", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Goes into the custody record, and stands on the copy.",
        error_messages={"required": "Say why this copy is made."},
    )  # fmt: skip
    part = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    request = forms.UUIDField(widget=forms.HiddenInput)

    @classmethod
    def fresh(cls, part: int | None, **initial: Any) -> "CopyForm":
        """An empty form with a name of its own."""
        return cls(initial={"part": part, "request": str(uuid4()), **initial})


class WrittenForm(CopyForm):
    """An order of something that can be written on."""

    caption = forms.CharField(
        label="Caption", max_length=120, required=False, help_text="For example Exhibit AB/1. Above, left."
    )
    time_shown = forms.ChoiceField(label="Time on the picture", choices=TIMES, required=False, initial="none")
    viewer = forms.CharField(
        label="Name of who it is for", max_length=120, required=False,
        help_text="Faintly over the whole picture, so that a copy that is passed on says whose it was.",
    )  # fmt: skip

    def written(self) -> Written:
        """What goes on every picture. Call when valid."""
        given = self.cleaned_data
        return Written(caption=given["caption"], viewer=given["viewer"], time=given["time_shown"] or "none")

    @property
    def is_written_on(self) -> bool:
        """Whether anything was filled in: its part of the page is open then."""
        return any(self[name].value() not in {None, "", "none"} or self[name].errors for name in WRITTEN)


class WayForm(WrittenForm):
    """An order of something that can be made in two ways."""

    kind: Kind
    way = forms.ChoiceField(
        label="How should it be made?", choices=WAYS, widget=forms.RadioSelect, help_text=WAYS_HINT, required=False
    )

    @classmethod
    def fresh(cls, part: int | None, **initial: Any) -> "CopyForm":
        """An empty form, the way that is usual chosen."""
        return super().fresh(part, **{"way": way_usual(cls.kind), **initial})

    def compatible(self) -> bool | None:
        """Whether all is to be encoded anew; None where nothing was said. Call when valid."""
        way = self.cleaned_data["way"]
        return way == COMPATIBLE if way else None


class ClipForm(WayForm):
    """The stretches to keep."""

    kind = Kind.CLIP

    segments = DrawnField(list)
    lines = LinesField(
        stretches_read, label="Segments to keep", help_text=(
            "One a line, by times (0:12.5 to 0:20) or by frames (f300 to f499, both included). "
            "They follow those chosen under the picture."
        ),
    )  # fmt: skip
    field_order = ("segments", "lines", *WRITTEN, "way", "reason")

    def stretches(self) -> list[Stretch]:
        """Those chosen in the player, then those typed. Call when valid."""
        return [*self.cleaned_data["segments"], *self.cleaned_data["lines"]]

    def clean_segments(self) -> list[Stretch]:
        """What the player wrote. Raises ValidationError where it is not that."""
        try:
            return [
                Stretch(Edge(frame=int(row["start_frame"])), Edge(frame=int(row["end_frame"])))
                for row in self.cleaned_data["segments"]
            ]
        except (TypeError, KeyError, ValueError) as wrong:
            raise ValidationError("The chosen segments cannot be read. Reload the page and try again.") from wrong


class RedactionForm(WayForm):
    """What to cover and mute: drawn, typed, or both."""

    kind = Kind.REDACTION

    draft = DrawnField(dict)
    box_lines = LinesField(
        boxes_read, label="Boxes", help_text=(
            "One a line: from to, left, top, width, height in pixels, effect. "
            "For example 0:12.5 to 0:20, 100, 80, 60, 40, solid."
        ),
    )  # fmt: skip
    cover_lines = LinesField(
        covers_read, label="Cover the whole picture", help_text="One a line: from to, effect. 0:12.5 to 0:20, solid."
    )
    mute_lines = LinesField(
        mutes_read, label="Mute the sound",
        help_text="One a line: 0:12.5 to 0:20 for silence, 0:12.5 to 0:20, bleep for a tone.",
    )  # fmt: skip
    keep_lines = LinesField(
        stretches_read, label="Keep only these segments", help_text="One a line. Empty: the whole recording is kept."
    )
    cover_reason = forms.ChoiceField(
        label="Why the lines above are covered or muted", choices=COVER_REASONS, required=False, initial="privacy"
    )
    field_order = (
        "draft",
        "box_lines",
        "cover_lines",
        "mute_lines",
        "keep_lines",
        "cover_reason",
        *WRITTEN,
        "way",
        "reason",
    )

    def typed(self) -> Typed:
        """The lines. Call when valid."""
        given = self.cleaned_data
        return Typed(
            boxes=given["box_lines"], covers=given["cover_lines"], mutes=given["mute_lines"],
            keeps=given["keep_lines"], reason=given["cover_reason"] or "other",
        )  # fmt: skip


class StillForm(WrittenForm):
    """Which frame."""

    moment = MomentField(
        label="Frame or time", max_length=20, help_text="A frame such as f312, or a time such as 0:12.480.",
        widget=forms.TextInput(attrs={"data-follow-frame": True, "class": "govuk-input--width-10"}),
    )  # fmt: skip
    field_order = ("moment", *WRITTEN, "reason")


class PlainMp4Form(CopyForm):
    """Only why."""


class SheetForm(CopyForm):
    """How many frames."""

    count = forms.IntegerField(
        label="How many frames?", min_value=1, max_value=MOST_FRAMES, initial=USUAL_FRAMES,
        help_text=f"1 to {MOST_FRAMES}, spread evenly over the recording.",
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )  # fmt: skip
    field_order = ("count", "reason")


class SalvageForm(CopyForm):
    """Only why."""


class AgainForm(forms.Form):
    """Starting again from a redaction."""

    replace = forms.BooleanField(label="Throw my drawing away and put this one in its place", required=False)
