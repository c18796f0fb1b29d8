"""What a recipient is told about an item: what it is, when it was recorded, and how it relates to the sealed original.

Never its title, incident or officer's notes: those are the force's own words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.recordings.models import FileRole, Kind, Recording, RecordingFile
from evidence.recordings.services.download import download_name

_COPIES = {
    Kind.CLIP: "This is a clip: part of a longer recording.",
    Kind.REDACTION: "This is a redacted copy: parts of the picture or the sound were covered.",
    Kind.STILL: "This is a still: one frame of a recording.",
    Kind.TRANSCODE: "This is a copy of a recording in a form that plays everywhere.",
    Kind.SALVAGE: (
        "This copy was put together from a recording that lost its index. Its times may be off: none were stored."
    ),
}


@dataclass(frozen=True, slots=True)
class ItemShown:
    """`is_still`: a picture, no video. `standing`: how these bytes relate to the Master."""

    kind: str
    recorded_at: datetime
    duration_s: float | None
    is_still: bool
    standing: str
    source_sha256: str
    """Of the file it was made from, the first where there are several; '' for a Master."""
    sources_sha256: tuple[str, ...]
    """Of all of them."""


@dataclass(frozen=True, slots=True)
class FileShown:
    """One of the files of an item, as the page tells of it."""

    file: RecordingFile
    item: ItemShown
    filename: str
    download_words: str


def files_shown(recording: Recording, files: Sequence[RecordingFile]) -> list[FileShown]:
    """What the page says of each file that is played."""
    return [
        FileShown(
            file, item_shown(recording, file), download_name(recording, file),
            f"Download part {file.part}" if len(files) > 1 else "Download",
        )
        for file in files
    ]  # fmt: skip


def no_video_words(*, may_download: bool) -> str:
    """What somebody reads whose browser has no player."""
    instead = "Download the file below and play it with another program." if may_download else ""
    return f"This browser cannot play video. {instead or 'Open the link in a current browser.'}"


def item_shown(recording: Recording, file: RecordingFile) -> ItemShown:
    """An item as people outside see it; `file` is what they are played."""
    is_proxy = file.role == FileRole.PROXY
    if is_proxy:
        standing = (
            "The original is in a form that browsers cannot play. This is a copy made for viewing; "
            "the sealed original is kept unchanged and can be asked for."
        )
    elif recording.is_master:
        standing = "These are the bytes of the sealed original."
    else:
        standing = f"{_COPIES[Kind(recording.kind)]} The original it was made from is kept sealed."
    first = _source_sha256(recording, file)
    sources = recording.parents_sha256 if first and not is_proxy else tuple(filter(None, [first]))
    return ItemShown(
        kind=recording.get_kind_display(), recorded_at=recording.recorded_at, duration_s=recording.duration_s,
        is_still=file.media_type.startswith("image/"), standing=standing, source_sha256=first, sources_sha256=sources,
    )  # fmt: skip


def _source_sha256(recording: Recording, file: RecordingFile) -> str:
    if file.role != FileRole.PROXY:
        return recording.parent_sha256
    original = recording.files.filter(role__in=[FileRole.MASTER, FileRole.COPY], part=file.part).first()
    return original.sha256 if original else ""


def masked(email: str) -> str:
    """'j…@example.org': enough to know which mailbox to look into, not enough to learn the address."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}…{at}{domain}" if name else ""
