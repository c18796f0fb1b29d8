"""What the page of the second look is given: places with pictures, where each leads, what is still missing.

Pictures are footage: their addresses are signed for the person and good for a few minutes, so that none is fetched
without the event that the page wrote.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from evidence.editing.drawing import NAMES
from evidence.http.templatetags.words import timecode
from evidence.identity.who import Who
from evidence.recordings.models import Recording, RecordingFile
from evidence.recordings.policy import RECORDINGS
from evidence.recordings.policy import Right as Of
from evidence.signoff.errors import LookMissing
from evidence.signoff.forms import PlaceForm
from evidence.signoff.models import Decision, Look, LookState, Place
from evidence.signoff.queries import Listed

GOOD_FOR_S = 3600
MISSED = (
    "A detector helps, and cannot be relied on: one face in ten is missed by the best there is, and it hears no names "
    "and knows no tattoos. So the person who signs watches the whole copy too."
)
TAGS = {"": "undecided", Decision.ACCEPTABLE: "acceptable", Decision.COVER: "to_cover"}
_signer = TimestampSigner(salt="signoff.picture")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceShown:
    """A place as a page shows it. Addresses are '' where there is none, or it is not for this person."""

    place: Place
    kind: str
    when: str
    tag: str
    score: str
    picture: str
    watch: str
    """The copy, at that moment."""
    edit: str
    """The editor of what the copy was made from, at that moment."""
    form: PlaceForm | None


@dataclass(frozen=True, slots=True)
class Editor:
    """Where what was missed is redacted: files of what the copy was made from; none where it may not be edited."""

    files: dict[str, RecordingFile]

    @classmethod
    def of(cls, who: Who, copy: Recording) -> "Editor":
        """For this person."""
        parent = copy.parent
        if parent is None or not RECORDINGS.decide(who, Of.EDIT, parent):
            return cls({})
        return cls({str(file.pk): file for file in parent.files.all()})

    def address(self, place: Place) -> str:
        """The redaction page at the frame where the place is seen best; '' where it cannot be said."""
        file = self.files.get(str(place.source_file))
        if file is None:
            return ""
        at = {"part": file.part, "frame": place.source_frame}
        return f"{reverse('edit-redaction', args=[file.recording_id])}?{urlencode(at)}"


def places_shown(
    who: Who, told: Listed, *, may_decide: bool, editor: Editor, wrong: tuple[int, PlaceForm] | None = None
) -> list[PlaceShown]:
    """The list for a page. `wrong`: a place's form that came back with errors."""
    is_open = may_decide and told.sign_off is None and told.look.state != LookState.WAITING
    return [
        PlaceShown(
            place=place, kind=NAMES.get(place.kind, place.kind), when=when_words(place), tag=TAGS[place.decision],
            score=f"{place.score_permille / 10:.0f} %", picture=_picture(who, told.look, place),
            watch=f"{reverse('recording', args=[told.look.copy_id])}?{urlencode({'frame': place.box_frame})}",
            edit=editor.address(place), form=_form(place, wrong) if is_open else None,
        )
        for place in told.places
    ]  # fmt: skip


def when_words(place: Place) -> str:
    """'00:00:01.240 to 00:00:03.000', in the copy."""
    return f"{timecode(_s(place.start_ms))} to {timecode(_s(place.end_ms))}"


def detectors_words(look: Look) -> list[str]:
    """'centerface 1.5.0 (MIT), SHA-256 ...' of each."""
    return [
        f"{each['name']} {each['version']} ({each['licence']}), SHA-256 {each['sha256']}" for each in look.detectors
    ]


def picture_key_check(who: Who, look: Look, key: str) -> None:
    """That a page showed this person the list a while ago.

    Raises:
        LookMissing: it did not.
    """
    try:
        named = _signer.unsign(key, max_age=GOOD_FOR_S)
    except BadSignature as wrong:
        raise LookMissing from wrong
    if named != f"{look.id}.{who.id}":
        raise LookMissing


def counted(told: Iterable[PlaceShown]) -> dict[str, int]:
    """How many places are how."""
    found = dict.fromkeys(TAGS.values(), 0)
    for each in told:
        found[each.tag] += 1
    return found


def _picture(who: Who, look: Look, place: Place) -> str:
    if not place.picture_bytes:
        return ""
    address = reverse("look-picture", args=[look.copy_id, look.number, place.number])
    return f"{address}?{urlencode({'key': _signer.sign(f'{look.id}.{who.id}')})}"


def _form(place: Place, wrong: tuple[int, PlaceForm] | None) -> PlaceForm:
    return wrong[1] if wrong is not None and wrong[0] == place.number else PlaceForm.of(place)


def _s(milliseconds: int) -> float:
    """Seconds that `timecode`, which cuts, writes with these very milliseconds."""
    return (milliseconds + 0.5) / 1000
