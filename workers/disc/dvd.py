"""The viewing DVD: a disc for a player under a television, with a menu, from recordings of any kind.

It reads from top to bottom as it happens: look at the recordings, choose the rate at which they fit, encode, draw the
menu, author, write the image. It is a viewing copy, never evidence: frames, pixels and
sound are changed, and it says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from workers.disc.authoring import (
    EncodedTitle,
    authoring_tools,
    folder_author,
    folder_image,
    folder_size,
    menu_made,
)
from workers.disc.errors import ImageChanged, ItemTooLarge
from workers.disc.image import ImageReport, size_check
from workers.disc.menu import Choice, menu_pages
from workers.disc.names import volume_id_check
from workers.disc.planning import MEDIA, Medium, MediumKind
from workers.disc.streaming import IsCancelled, OnProgress, whole_or_absent
from workers.disc.titles import Source, source_probe, title_encode
from workers.disc.viewing import MENU_BYTES, TITLES_LIMIT, VIDEO_KBPS_WORST, capacity_s, video_kbps_fitting

_ATTEMPTS: Final = 3
_CLOSER: Final = 0.97


@dataclass(frozen=True)
class Title:
    """A recording as a title: its file, and what the menu says of it (any text; it is only ever drawn)."""

    path: Path
    heading: str
    lines: tuple[str, ...] = ()


def viewing_dvd_build(
    titles: Sequence[Title],
    *,
    menu_heading: str,
    volume_id: str,
    out: Path,
    medium: Medium = MEDIA[MediumKind.DVD_5],
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> ImageReport:
    """Make a DVD-Video image (PAL, menu) of the titles at `out`, which appears only when it is whole.

    `on_progress` counts milliseconds of film. Scratch of about twice the image is used beside `out` and removed. Raises
    `TitleUnplayable`, `ItemTooLarge` when the titles are too long for the medium, `ImageTooLarge`, ValueError for no
    title, more than 99, or a wrong `volume_id`, and the errors of `workers.exec` (ToolMissing before any work is done).
    """
    if not 1 <= len(titles) <= TITLES_LIMIT:
        message = f"a viewing DVD holds 1 to {TITLES_LIMIT} titles, not {len(titles)}"
        raise ValueError(message)
    volume_id_check(volume_id)
    tools = authoring_tools()
    sources = [source_probe(title.path, called=title.heading, is_cancelled=is_cancelled) for title in titles]
    with TemporaryDirectory(prefix=".dvd-", dir=out.parent) as directory:
        scratch = Path(directory).resolve()
        encoded = _encode_to_fit(sources, scratch, medium, on_progress, is_cancelled)
        pages = menu_pages([Choice(title.heading, title.lines) for title in titles])
        menus = [menu_made(page, menu_heading, scratch, is_cancelled=is_cancelled) for page in pages]
        folder = folder_author(encoded, pages, menus, scratch, is_cancelled=is_cancelled)
        for each in encoded:
            each.path.unlink()
        return _image(folder, out, volume_id=volume_id, medium=medium, tools=tools, is_cancelled=is_cancelled)


def _encode_to_fit(
    sources: Sequence[Source],
    scratch: Path,
    medium: Medium,
    on_progress: OnProgress | None,
    is_cancelled: IsCancelled | None,
) -> list[EncodedTitle]:
    """Encode all titles at the best rate that fits; busy pictures overshoot their rate, so measure and try again."""
    total_s = sum(source.duration_s for source in sources)
    room_bytes = medium.usable_bytes - MENU_BYTES
    video_kbps = video_kbps_fitting(total_s, medium)
    if video_kbps < VIDEO_KBPS_WORST:
        raise _too_long(total_s, medium)
    for _ in range(_ATTEMPTS):
        encoded = _encoded(sources, scratch, video_kbps, on_progress, is_cancelled)
        encoded_bytes = sum(each.path.stat().st_size for each in encoded)
        if encoded_bytes <= room_bytes:
            return encoded
        video_kbps = max(VIDEO_KBPS_WORST, int(video_kbps * _CLOSER * room_bytes / encoded_bytes))
    raise ItemTooLarge(
        f"The pictures are too busy for {total_s / 60:.0f} minutes of them to fit on one {medium.name} disc. "
        "Spread the titles over more discs.",
        duration_s=total_s,
        encoded_bytes=encoded_bytes,
        room_bytes=room_bytes,
    )


def _encoded(
    sources: Sequence[Source],
    scratch: Path,
    video_kbps: int,
    on_progress: OnProgress | None,
    is_cancelled: IsCancelled | None,
) -> list[EncodedTitle]:
    total_ms = int(sum(source.duration_s for source in sources) * 1000)
    done_s = 0.0

    def on_seconds(seconds: float) -> None:
        if on_progress is not None:
            on_progress(min(total_ms, int((done_s + seconds) * 1000)), total_ms)

    encoded: list[EncodedTitle] = []
    for number, source in enumerate(sources, start=1):
        path = title_encode(
            source,
            out=scratch / f"title{number:02}.mpg",
            video_kbps=video_kbps,
            on_seconds=on_seconds,
            is_cancelled=is_cancelled,
        )
        encoded.append(EncodedTitle(path, source.duration_s))
        done_s += source.duration_s
        on_seconds(0.0)
    return encoded


def _image(
    folder: Path,
    out: Path,
    *,
    volume_id: str,
    medium: Medium,
    tools: Mapping[str, str],
    is_cancelled: IsCancelled | None,
) -> ImageReport:
    size_bytes = folder_size(folder, volume_id)
    size_check(size_bytes, medium)
    with whole_or_absent(out) as part:
        written = folder_image(folder, part, volume_id=volume_id, size_bytes=size_bytes, is_cancelled=is_cancelled)
        if written.size_bytes != size_bytes:
            raise ImageChanged(
                "The viewing disc's image did not come out at its full size, so it was thrown away. Make it again.",
                promised_bytes=size_bytes,
                written_bytes=written.size_bytes,
            )
    return ImageReport(written.size_bytes, written.sha256, volume_id, tools)


def _too_long(total_s: float, medium: Medium) -> ItemTooLarge:
    longest_s = capacity_s(medium, VIDEO_KBPS_WORST)
    return ItemTooLarge(
        f"The titles last {total_s / 60:.0f} minutes and a viewing copy on one {medium.name} disc can last about "
        f"{longest_s / 60:.0f}. Spread them over more discs.",
        duration_s=total_s,
        longest_s=longest_s,
    )
