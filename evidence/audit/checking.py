"""Check a file: whether bytes that somebody holds, told by their SHA-256, are bytes that were sealed here.

Who gives the hash of a file proves having it, so they are told what it is: an original, which working copy, a viewing
copy or the image of a disc, sealed when, how many events its record has, and what is wrong with the stored copy. More
than that is told by the rules of the recording (or the case):

* Who may know of it by policy: its title, exhibits and link, of what a working copy was made, and how often the same
  bytes were sealed. To others the same bytes are one file, however often they were sealed.
* A recipient: what the viewer tells them, of the item that their link is for. Of any other: a file of the force,
  unchanged since; not even of which kind.
* Nothing of what is restricted, to whoever may not know of it: 'not known', as of a file that never was here. That they
  hold it is on record, as refused.
* How many events: all but others' looks to readers of the full record; to everybody else those of `LIFE` only, for a
  number that rises by itself would betray a look, a share or a copy of professional standards.

A check that found something is an event on the item, in the same transaction; one that found nothing is none. A
newcomer's trap: small derived files (pictures of a list, indexes) are no answer: the same one can belong to many.
"""

from django.db.models import QuerySet

from evidence.audit.check_answers import Asked, Counted, FileKind, Item, Known, RecordTold, Source, Trouble
from evidence.audit.policy import events_for, sees_consultations
from evidence.cases.policy import CASES
from evidence.cases.policy import Right as CaseRight
from evidence.cases.queries import exhibits_with
from evidence.court.models import Disc
from evidence.court.subjects import disc_subject
from evidence.custody.checkpoints import sealed
from evidence.custody.models import Event
from evidence.custody.queries import lines, subject_events
from evidence.custody.services import Act, act
from evidence.custody.verbs import Outcome, Verb
from evidence.identity.who import Who
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.policy import KIND, RECORDINGS, Right
from evidence.recordings.queries import original_file, parent_for
from evidence.recordings.subjects import subject_of
from evidence.sharing.models import Link
from evidence.sharing.policy import LINK
from evidence.sharing.services.opening import recipient_actor
from evidence.sharing.showing import item_shown
from evidence.vault.models import StoredObject

HOLDS_FILE = "holds-file"
"""Rule under which somebody is told of a file that nothing else lets them know of."""
KEPT_BACK = "no-rule"
SHOWN_MAX = 20
LIFE = (
    Verb.MASTER_SEALED, Verb.COPY_SEALED, Verb.RECEIPT_ISSUED, Verb.UPLOAD_REPEATED, Verb.PREPARATION_FINISHED,
    Verb.PREPARATION_FAILED, Verb.PREPARATION_RETRIED, Verb.PROXY_SEALED, Verb.MATCH_CHANGED, Verb.CATEGORY_CHANGED,
    Verb.DETAILS_CHANGED, Verb.MARKER_ADDED, Verb.MARKER_REMOVED, Verb.NOTE_ADDED, Verb.EXHIBIT_PRODUCED,
    Verb.EXHIBIT_WITHDRAWN,
)  # fmt: skip
"""What may be counted for everybody: taking in, preparing, describing and producing, never looking or passing on."""
_ROLES = (FileRole.MASTER, FileRole.COPY, FileRole.PROXY)
"""Files that are answered for, in the order in which one of them speaks for all."""


def file_check(*, who: Who, asked: Asked) -> list[Known]:
    """What somebody of the force may be told of a file, oldest first; several where its bytes were sealed more than
    once and they may know of that. Empty: not known, or kept from them."""
    with act(actor=who.actor) as deed:
        files, discs = _files(asked), _discs(asked)
        known = RECORDINGS.rows(who, Right.LIST).values("pk")
        own = list(files.filter(recording__in=known)[:SHOWN_MAX])
        seen = list(discs.filter(disc_set__case__in=CASES.rows(who, CaseRight.VIEW).values("pk"))[:SHOWN_MAX])
        for file in own:
            rule = RECORDINGS.decide(who, Right.LIST, file.recording).rule
            _told(deed, file, rule)
        for disc in seen:
            _disc_told(deed, disc, CASES.decide(who, CaseRight.VIEW, disc.disc_set.case).rule)
        answers = [*(_listed(who, file) for file in own), *(_disc_listed(disc) for disc in seen)]
        return answers or _held(deed, files.exclude(recording__in=known), discs)


def file_check_external(*, link: Link, asked: Asked) -> list[Known]:
    """What a recipient may be told of a file: all of what their link is for, and that another is the force's."""
    with act(actor=recipient_actor(link)) as deed:
        files, discs = _files(asked), _discs(asked)
        theirs = list(files.filter(recording=link.recording))
        for file in theirs:
            _told(deed, file, LINK, link=link)
        if theirs:
            return [_shared(file) for file in theirs]
        others = _held(deed, files, discs, link=link)
        return [Known(kind=FileKind.FILE, sealed_at=other.sealed_at) for other in others]


def _held(deed: Act, files: QuerySet[RecordingFile], discs: QuerySet[Disc], link: Link | None = None) -> list[Known]:
    """The one answer for somebody who does no more than hold the file; what is restricted is written as refused."""
    for file in files.filter(recording__is_restricted=True)[:SHOWN_MAX]:
        _told(deed, file, KEPT_BACK, outcome=Outcome.DENIED, link=link)
    open_files = sorted(
        files.filter(recording__is_restricted=False)[:SHOWN_MAX], key=lambda file: _ROLES.index(file.role)
    )
    if open_files:
        first = open_files[0]
        _told(deed, first, HOLDS_FILE, link=link)
        return [_held_file(first)]
    disc = discs.first()
    if disc is None:
        return []
    if _is_restricted(disc):
        _disc_told(deed, disc, KEPT_BACK, outcome=Outcome.DENIED, link=link)
        return []
    _disc_told(deed, disc, HOLDS_FILE, link=link)
    return [Known(kind=FileKind.DISC, sealed_at=disc.image.sealed_at, trouble=_stored_trouble(disc.image))]


def _files(asked: Asked) -> QuerySet[RecordingFile]:
    rows = RecordingFile.objects.filter(stored__sha256=asked.sha256, role__in=_ROLES)
    if asked.size_bytes is not None:
        rows = rows.filter(stored__size_bytes=asked.size_bytes)
    joined = ("stored", "recording__officer", "recording__parent", "recording__origin")
    return rows.select_related(*joined).order_by("stored__sealed_at", "id")


def _discs(asked: Asked) -> QuerySet[Disc]:
    rows = Disc.objects.filter(image__sha256=asked.sha256)
    if asked.size_bytes is not None:
        rows = rows.filter(image__size_bytes=asked.size_bytes)
    return rows.select_related("image", "disc_set__case").order_by("image__sealed_at", "id")


def _is_restricted(disc: Disc) -> bool:
    on_it = [each["recording"] for each in disc.contents]
    return Recording.objects.filter(pk__in=on_it, is_restricted=True).exists()


def _told(
    deed: Act, file: RecordingFile, rule: str, *, outcome: Outcome = Outcome.DONE, link: Link | None = None
) -> None:
    data = _said(kind_of(file), outcome, link)
    deed.record(Verb.FILE_CHECKED, subject_of(file.recording, file), rule=rule, outcome=outcome, data=data)


def _disc_told(deed: Act, disc: Disc, rule: str, *, outcome: Outcome = Outcome.DONE, link: Link | None = None) -> None:
    data = _said(FileKind.DISC, outcome, link) | {"disc": str(disc.id)}
    deed.record(Verb.DISC_CHECKED, disc_subject(disc.disc_set.case, disc), rule=rule, outcome=outcome, data=data)


def _said(kind: FileKind, outcome: Outcome, link: Link | None) -> dict[str, object]:
    refused = {"right": "check a file"} if outcome == Outcome.DENIED else {}
    return {"kind": kind.value, **refused, **({"link": str(link.id)} if link else {})}


def kind_of(file: RecordingFile) -> FileKind:
    """What a file of a recording is."""
    if file.role == FileRole.PROXY:
        return FileKind.VIEWING
    return FileKind.ORIGINAL if file.recording.is_master else FileKind(file.recording.kind)


def _held_file(file: RecordingFile) -> Known:
    return Known(
        kind=kind_of(file), sealed_at=file.stored.sealed_at, record=_life(file.recording),
        trouble=_trouble(file),
    )  # fmt: skip


def _listed(who: Who, file: RecordingFile) -> Known:
    recording = file.recording
    is_reader = bool(RECORDINGS.decide(who, Right.CUSTODY, recording))
    record = _read(who, recording) if is_reader else _life(recording)
    exhibits = tuple(f"{exhibit.reference}, {exhibit.case.urn}" for exhibit in exhibits_with(who, recording))
    return Known(
        kind=kind_of(file), sealed_at=file.stored.sealed_at, record=record, trouble=_trouble(file),
        item=_item(recording), made_of=_source(who, file), exhibits=exhibits,
    )  # fmt: skip


def _shared(file: RecordingFile) -> Known:
    source = item_shown(file.recording, file).source_sha256
    return Known(
        kind=kind_of(file), sealed_at=file.stored.sealed_at, record=_life(file.recording),
        trouble=_trouble(file), made_of=Source(source) if source else None,
    )  # fmt: skip


def _disc_listed(disc: Disc) -> Known:
    disc_set = disc.disc_set
    href = f"/cases/{disc_set.case_id}/discs/{disc_set.id}/"
    title = f"Disc {disc.number} ({disc.volume_id}) of {disc_set.case.urn}"
    return Known(
        kind=FileKind.DISC, sealed_at=disc.image.sealed_at, trouble=_stored_trouble(disc.image),
        item=Item(disc.id, title, href),
    )  # fmt: skip


def _item(recording: Recording) -> Item:
    return Item(recording.id, recording.label, f"/recordings/{recording.id}/")


def _source(who: Who, file: RecordingFile) -> Source | None:
    recording = file.recording
    if file.role == FileRole.PROXY:
        return Source(original_file(recording, file.part).sha256, _item(recording))
    if recording.is_master:
        return None
    parent = parent_for(who, recording)
    return Source(recording.parent_sha256, _item(parent) if parent else None)


def _life(recording: Recording) -> RecordTold:
    told = [verb.value for verb in LIFE]
    events = subject_events(KIND, recording.id).filter(verb__in=told, outcome=Outcome.DONE.value)
    return _counted(events, Counted.LIFE)


def _read(who: Who, recording: Recording) -> RecordTold:
    counted = Counted.ALL if sees_consultations(who) else Counted.OTHERS_LOOKS_LEFT_OUT
    return _counted(events_for(who, subject_events(KIND, recording.id)), counted)


def _counted(events: QuerySet[Event], counted: Counted) -> RecordTold:
    uuids = list(events.values_list("uuid", flat=True))
    return RecordTold(len(uuids), len(sealed(uuids)), counted)


def _trouble(file: RecordingFile) -> Trouble | None:
    """Disposed of, in quarantine, or not what was sealed when it was last read back."""
    trouble = _stored_trouble(file.stored)
    if trouble is not None:
        return trouble
    checks = lines(subject_events(KIND, file.recording_id).filter(verb=Verb.FIXITY_CHECKED.value))
    of_it = [line for line in checks if any(each["id"] == str(file.id) for each in line.body["subject"]["files"])]
    return Trouble.DAMAGED if of_it and of_it[-1].outcome == Outcome.FAILED else None


def _stored_trouble(stored: StoredObject) -> Trouble | None:
    if stored.destroyed_at is not None:
        return Trouble.DISPOSED
    return Trouble.DAMAGED if stored.quarantined_at is not None else None
