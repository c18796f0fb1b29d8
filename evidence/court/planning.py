"""How many discs a choice of exhibits needs and how large they get, known before anything is made.

Sizes of data discs are upper bounds: documents are not written yet, so each gets an allowance that grows with the
exhibit's custody record. The exact image is held to its medium again when it is built.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.cases.models import Case, Exhibit
from evidence.court.contents import DiscExhibit, exhibit_contents, record_lengths
from evidence.court.errors import DoesNotFit, ExhibitNotReady, NotForDvd, NothingChosen
from evidence.court.models import DiscKind, DiscSet
from evidence.recordings.models import Kind, RecordingFile
from workers.disc.errors import ItemTooLarge
from workers.disc.planning import MEDIA, Item, Medium, MediumKind, disc_label, disc_plan, volume_id
from workers.disc.viewing import MENU_BYTES, ViewingDisc, ViewingItem, capacity_s, viewing_plan

_BASE_BYTES = 512 * 1024
_LISTED_BYTES = 8 * 1024
"""A line about an exhibit in the lists, index and bundle.json of every disc of its set."""
_DOCUMENTS_BYTES = 160 * 1024
_EVENT_BYTES = 4 * 1024
"""One line of the custody record, in the JSON lines and in the report."""
_DOCUMENTS = 3
DVD_MEDIA = (MediumKind.DVD_5, MediumKind.DVD_9)


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants on discs. `exhibits` are live ones of one case."""

    exhibits: tuple[Exhibit, ...]
    kind: DiscKind
    medium: MediumKind
    with_originals: bool = False


@dataclass(frozen=True, slots=True)
class DiscPlanned:
    """One disc to be. `size_bytes`: an upper bound of its image; `keys`: references, or `AB/1 part 2` on a DVD."""

    number: int
    of: int
    volume_id: str
    label: str
    exhibits: tuple[DiscExhibit, ...]
    size_bytes: int
    usable_bytes: int
    duration_s: float

    @property
    def references(self) -> tuple[str, ...]:
        """What is on it: `AB/1`."""
        return tuple(each.reference for each in self.exhibits)

    @property
    def share(self) -> int:
        """How full it gets, in thousandths of what it takes."""
        return min(1000, round(1000 * self.size_bytes / self.usable_bytes))


@dataclass(frozen=True, slots=True)
class SetPlan:
    """The discs of a choice. `exhibits` in order of reference; sizes in bytes."""

    kind: DiscKind
    medium: Medium
    exhibits: tuple[DiscExhibit, ...]
    discs: tuple[DiscPlanned, ...]

    @property
    def size_bytes(self) -> int:
        """Of all images together, at most."""
        return sum(disc.size_bytes for disc in self.discs)


def set_plan(case: Case, choice: Choice, lengths: dict[str, int] | None = None) -> SetPlan:
    """Plan the discs. `lengths`: as `record_lengths` gave them when the set was asked for; now, by default.

    Raises:
        NothingChosen, ExhibitNotReady, NotForDvd, DoesNotFit: says what to do.
    """
    if not choice.exhibits:
        raise NothingChosen("Choose at least one exhibit to put on a disc.")
    medium = MEDIA[choice.medium]
    # a DVD plays what can be played: originals beside proxies have no place on it
    with_originals = choice.with_originals and choice.kind == DiscKind.DATA
    contents = exhibit_contents(choice.exhibits, with_originals=with_originals)
    try:
        if choice.kind == DiscKind.VIEWING:
            return SetPlan(choice.kind, medium, contents, _viewing(case, contents, choice.medium))
        known = lengths or record_lengths([each.exhibit.recording for each in contents])
        return SetPlan(choice.kind, medium, contents, _data(case, contents, medium, known))
    except ItemTooLarge as error:
        raise DoesNotFit(error.message, fits_on=list(_words(error.data.get("fits_on")))) from error


def set_plan_of(disc_set: DiscSet) -> SetPlan:
    """The plan of a set that was asked for: the same each time while its exhibits stay as they are."""
    exhibits = disc_set.exhibits.select_related("recording__officer", "recording__camera", "producer")
    choice = Choice(
        exhibits=tuple(exhibits), kind=DiscKind(disc_set.kind), medium=MediumKind(disc_set.medium),
        with_originals=disc_set.with_originals,
    )  # fmt: skip
    return set_plan(disc_set.case, choice, disc_set.record_until)


def title_duration_s(file: RecordingFile) -> float:
    """Seconds that a played file lasts.

    Raises:
        ExhibitNotReady: nobody knows.
    """
    known = file.duration_s or file.recording.duration_s
    if not known:
        raise ExhibitNotReady(f"The length of {file.recording.label} is not known. Put it on a data disc instead.")
    return known


def _data(
    case: Case, contents: Sequence[DiscExhibit], medium: Medium, lengths: dict[str, int]
) -> tuple[DiscPlanned, ...]:
    items = [_item(each, lengths) for each in contents]
    by_key = {each.reference: each for each in contents}
    plans = disc_plan(items, medium, _BASE_BYTES + _LISTED_BYTES * len(contents))
    return tuple(
        DiscPlanned(
            number=plan.number, of=plan.of, volume_id=volume_id(case.urn, plan.number, plan.of),
            label=disc_label(case.urn, plan.number, plan.of),
            exhibits=tuple(by_key[item.key] for item in plan.items),
            size_bytes=plan.size_bytes, usable_bytes=medium.usable_bytes,
            duration_s=sum(by_key[item.key].exhibit.recording.duration_s or 0.0 for item in plan.items),
        )
        for plan in plans
    )  # fmt: skip


def _item(each: DiscExhibit, lengths: dict[str, int]) -> Item:
    documents_bytes = _DOCUMENTS_BYTES + _EVENT_BYTES * lengths.get(str(each.exhibit.recording_id), 0)
    return Item(
        key=each.reference, size_bytes=each.size_bytes + documents_bytes,
        recorded_at=each.exhibit.recording.recorded_at, file_count=len(each.files) + _DOCUMENTS,
    )  # fmt: skip


def _viewing(case: Case, contents: Sequence[DiscExhibit], kind: MediumKind) -> tuple[DiscPlanned, ...]:
    if kind not in DVD_MEDIA:
        raise NotForDvd("A viewing DVD is a DVD. Choose a DVD, or make a data disc for this medium.")
    ordered = sorted(contents, key=lambda each: (each.exhibit.recording.recorded_at, each.reference))
    items = [ViewingItem(each.reference, _film_s(each)) for each in ordered]
    by_key = {each.reference: each for each in ordered}
    medium = MEDIA[kind]
    return tuple(
        DiscPlanned(
            number=disc.number, of=disc.of, volume_id=volume_id(case.urn, disc.number, disc.of),
            label=disc_label(case.urn, disc.number, disc.of), exhibits=tuple(by_key[item.key] for item in disc.items),
            size_bytes=_viewing_bytes(disc, medium), usable_bytes=medium.usable_bytes, duration_s=disc.duration_s,
        )
        for disc in viewing_plan(items, medium)
    )  # fmt: skip


def _film_s(each: DiscExhibit) -> float:
    if each.exhibit.recording.kind == Kind.STILL:
        raise NotForDvd(f"{each.reference} is a still, and a viewing DVD carries film only. Leave it out of this DVD.")
    return sum(title_duration_s(file.file) for file in each.viewing)


def _viewing_bytes(disc: ViewingDisc, medium: Medium) -> int:
    room_bytes = medium.usable_bytes - MENU_BYTES
    return MENU_BYTES + int(room_bytes * disc.duration_s / capacity_s(medium, disc.video_kbps))


def _words(value: object) -> Iterable[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
