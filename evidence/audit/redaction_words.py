"""The words of a redaction report that PDF and CSV share."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from evidence.audit.redaction_report import RedactionReport
from evidence.audit.redaction_times import Stretch
from evidence.editing.drawing import NAMES
from evidence.http.templatetags.words import timecode
from evidence.recordings.reasons import LABELS
from evidence.signoff.models import LookState, Place
from evidence.signoff.queries import Listed

NOT_SIGNED = "NOT SIGNED OFF: no second person has signed what was looked at again."
NEVER_LOOKED = "It was never looked at again: no list of what can still be seen was made."
WATCHED = "One face in ten is missed by the best detector, so whoever signs says that they watched the whole copy."
NOWHERE = "cut away"
UNTOLD = "not known"


def stretch_words(stretch: Stretch | None) -> str:
    """'00:00:01.240 to 00:00:03.000'."""
    return f"{timecode(stretch[0])} to {timecode(stretch[1])}" if stretch else UNTOLD


def stretches_words(stretches: Sequence[Stretch]) -> str:
    """Where it is in the copy; that it was cut away."""
    return "; ".join(stretch_words(each) for each in stretches) or NOWHERE


def frames_words(frames: tuple[int, int] | None) -> str:
    """'frames 30 to 74', both included, counted from 0; '' where there are none to name."""
    return f"frames {frames[0]:,} to {frames[1]:,}" if frames else ""


def reason_words(report: RedactionReport) -> str:
    """Why the report was made."""
    code, text = report.reason.code, report.reason.text
    label = "" if code == "other" and text else LABELS.get(code or "", code or "")
    return ": ".join(part for part in (label, text) if part)


def place_words(place: Place) -> str:
    """What is seen: 'Face, unsure (91 %)'."""
    unsure = ", unsure" if place.is_doubtful else ""
    return f"{NAMES.get(place.kind, place.kind)}{unsure} ({place.score_permille / 10:.0f} %)"


def place_stretch(place: Place) -> Stretch:
    """In the copy, in seconds that are cut to the very milliseconds that were listed."""
    return Fraction(place.start_ms, 1000), Fraction(place.end_ms, 1000)


def found_by_of(detector: Mapping[str, Any]) -> str:
    """NAME:VERSION:SHA256 of a detector that looked."""
    return f"{detector['name']}:{detector['version']}:{detector['sha256']}"


def looked_words(look: Listed | None) -> str:
    """What came of looking again, in a sentence or two."""
    if look is None:
        return NEVER_LOOKED
    row = look.look
    if row.state == LookState.WAITING:
        return "A detector is looking at the copy while this report is made; there is no list yet."
    if row.state != LookState.DONE:
        return f"No detector has looked at this copy. {row.because}"
    found = f"{len(look.places)} place{'' if len(look.places) == 1 else 's'} where something can still be seen"
    said = f"The detector went through {row.frames:,} frames of the copy and listed {found}."
    left = f" {look.undecided} undecided, {look.to_cover} to be redacted." if look.undecided or look.to_cover else ""
    return said + left


def signed_words(look: Listed | None) -> str:
    """Who signed, or that nobody did."""
    return f"Signed off by {look.sign_off.signed_by.label}" if look and look.sign_off else NOT_SIGNED
