"""How many discs a choice of exhibits needs and how large they get, known before anything is made.

Sizes of data discs are upper bounds: documents are not written yet, so each gets an allowance that grows with the
exhibit's custody record. The exact image is held to its medium again when it is built.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from evidence.cases.models import Case, Exhibit
from evidence.court.contents import DiscExhibit, exhibit_contents, plain_require, record_lengths
from evidence.court.errors import DoesNotFit, ExhibitNotReady, NotForDvd, NothingChosen
from evidence.court.lineage import line_up
from evidence.court.models import DiscKind, DiscSet
from evidence.custody.canonical import canonical_bytes
from evidence.recordings.models import Kind, RecordingFile
from workers.disc.errors import ItemTooLarge
from workers.disc.planning import MEDIA, Item, Medium, MediumKind, disc_label, disc_plan, fits_alone, volume_id
from workers.disc.viewing import MENU_BYTES, ViewingDisc, ViewingItem, capacity_s, viewing_plan
from workers.disc.viewing import fits_alone as fits_dvd

_BASE_BYTES = 512 * 1024
_LISTED_BYTES = 8 * 1024
"""A line about an exhibit in the lists, index and bundle.json of every disc of its set."""
_LISTED_FILE_BYTES = 2 * 1024
"""The same for each of its files."""
_DOCUMENTS_BYTES = 160 * 1024
_EVENT_BYTES = 4 * 1024
"""One line of a custody record, in the JSON lines and in the report."""
_WORDS_SHARE = 2
"""What the report says of a recipe, and its JSON itself, against the size of its JSON."""
_DOCUMENTS = 2
_DOCUMENTS_EACH = 3
"""Report and label of an exhibit; record, recipe and statement of it and of each recording it comes from."""
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
    """One disc to be. `size_bytes`: an upper bound of its image; `exhibits` hold the files that go on this disc."""

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
        """What is on it: `AB/1`, or `AB/1 part 2 of 3`."""
        return tuple(each.shown for each in self.exhibits)

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
        NothingChosen, ExhibitNotReady, ExhibitEmpty, ExhibitNotPlain, NotForDvd, DoesNotFit: says what to do.
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
        if not with_originals:
            plain_require(contents)
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
    listed_bytes = sum(_LISTED_BYTES + _LISTED_FILE_BYTES * len(each.files) for each in contents)
    overhead_bytes = _BASE_BYTES + listed_bytes
    by_key: dict[str, DiscExhibit] = {}
    items: list[Item] = []
    for each in contents:
        whole = _item(each, lengths)
        # only what is too large for one disc is spread, and no file is ever split
        pieces = [each] if fits_alone(whole, medium, overhead_bytes) else _by_part(each)
        items += [_item(piece, lengths) for piece in pieces]
        by_key |= {piece.shown: piece for piece in pieces}
    plans = disc_plan(items, medium, overhead_bytes)
    return tuple(
        DiscPlanned(
            number=plan.number, of=plan.of, volume_id=volume_id(case.urn, plan.number, plan.of),
            label=disc_label(case.urn, plan.number, plan.of),
            exhibits=_together(by_key[item.key] for item in plan.items),
            size_bytes=plan.size_bytes, usable_bytes=medium.usable_bytes,
            duration_s=sum(_known_s(by_key[item.key]) for item in plan.items),
        )
        for plan in plans
    )  # fmt: skip


def _by_part(each: DiscExhibit) -> list[DiscExhibit]:
    return [each.only([part]) for part in each.parts]


def _together(pieces: Iterable[DiscExhibit]) -> tuple[DiscExhibit, ...]:
    """Parts of one exhibit that came onto one disc, as one again."""
    found: dict[str, DiscExhibit] = {}
    for piece in pieces:
        before = found.get(piece.reference)
        files = (*before.files, *piece.files) if before else piece.files
        found[piece.reference] = replace(piece, files=files)
    return tuple(found.values())


def _item(each: DiscExhibit, lengths: dict[str, int]) -> Item:
    line = list(line_up(each.exhibit.recording))
    events = sum(lengths.get(str(row.id), 0) for row in line)
    recipes_bytes = sum(len(canonical_bytes(row.recipe)) + len(canonical_bytes(row.statement)) for row in line)
    documents_bytes = _DOCUMENTS_BYTES + _EVENT_BYTES * events + _WORDS_SHARE * recipes_bytes
    return Item(
        key=each.shown, size_bytes=each.size_bytes + documents_bytes, recorded_at=each.exhibit.recording.recorded_at,
        file_count=len(each.files) + _DOCUMENTS + _DOCUMENTS_EACH * len(line), part=each.parts[0],
    )  # fmt: skip


def _known_s(each: DiscExhibit) -> float:
    """Seconds of film of the parts that are here, as far as known."""
    if len(each.parts) == each.part_count:
        return each.exhibit.recording.duration_s or 0.0
    return sum(file.file.duration_s or 0.0 for file in each.files if file.is_watched)


def _viewing(case: Case, contents: Sequence[DiscExhibit], kind: MediumKind) -> tuple[DiscPlanned, ...]:
    if kind not in DVD_MEDIA:
        raise NotForDvd("A viewing DVD is a DVD. Choose a DVD, or make a data disc for this medium.")
    medium = MEDIA[kind]
    by_key: dict[str, DiscExhibit] = {}
    items: list[ViewingItem] = []
    for each in sorted(contents, key=lambda each: (each.exhibit.recording.recorded_at, each.reference)):
        _film_require(each)
        pieces = [each] if fits_dvd(_title(each), medium) else _by_part(each)
        items += [_title(piece) for piece in pieces]
        by_key |= {piece.shown: piece for piece in pieces}
    return tuple(
        DiscPlanned(
            number=disc.number, of=disc.of, volume_id=volume_id(case.urn, disc.number, disc.of),
            label=disc_label(case.urn, disc.number, disc.of),
            exhibits=_together(by_key[item.key] for item in disc.items),
            size_bytes=_viewing_bytes(disc, medium), usable_bytes=medium.usable_bytes, duration_s=disc.duration_s,
        )
        for disc in viewing_plan(items, medium)
    )  # fmt: skip


def _film_require(each: DiscExhibit) -> None:
    """Refuse what a DVD cannot show whole: a part that is missing on it would be missed by nobody.

    Raises:
        NotForDvd: says what to do.
    """
    if each.exhibit.recording.kind == Kind.STILL:
        raise NotForDvd(f"{each.reference} is a still, and a viewing DVD carries film only. Leave it out of this DVD.")
    if any(file.file.media_type.startswith("audio/") for file in each.viewing):
        raise NotForDvd(f"{each.reference} is sound without a picture. Put it on a data disc, or leave it out.")
    missing = sorted(set(each.parts) - {file.file.part for file in each.viewing})
    if missing:
        what = each.reference if each.part_count == 1 else f"Part {missing[0]} of {each.reference}"
        raise NotForDvd(
            f"{what} cannot be played, so it would be missing from a viewing DVD. Make a data disc, which carries it "
            "as it was sealed."
        )


def _title(each: DiscExhibit) -> ViewingItem:
    return ViewingItem(each.shown, sum(title_duration_s(file.file) for file in each.viewing), len(each.viewing))


def _viewing_bytes(disc: ViewingDisc, medium: Medium) -> int:
    room_bytes = medium.usable_bytes - MENU_BYTES
    return MENU_BYTES + int(room_bytes * disc.duration_s / capacity_s(medium, disc.video_kbps))


def _words(value: object) -> Iterable[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
