"""Puts encoded titles and menu pages together into a DVD-Video folder, and that folder into an image.

The two XML files name our own files and numbers only; no text that a person typed gets here. The image is written by
genisoimage, which alone places the files of DVD-Video where players look for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.etree import ElementTree as ET

from workers.disc.menu import Page, page_of_title, page_saved
from workers.disc.planning import SECTOR_BYTES
from workers.disc.streaming import IsCancelled, OnProgress, Written, stdout_written
from workers.disc.titles import HEIGHT_PX, WIDTH_PX
from workers.exec.process import run
from workers.exec.sandbox import render_profile, sandbox_run
from workers.exec.tools import tool

CHAPTER_S: Final = 5 * 60
"""A chapter begins every five minutes."""

_MENU_S: Final = 1
_MENU_TIMEOUT_S: Final = 120.0
_LAST_CHAPTER_S: Final = 2.0
_ENV: Final = {"VIDEO_FORMAT": "PAL", "HOME": "/nonexistent", "TZ": "UTC"}


@dataclass(frozen=True)
class EncodedTitle:
    """A title's program stream and its length in seconds."""

    path: Path
    duration_s: float


def menu_made(page: Page, heading: str, scratch: Path, *, is_cancelled: IsCancelled | None = None) -> Path:
    """One page of the menu as a program stream with its buttons. Raises the errors of `workers.exec`."""
    ground, lit, chosen = page_saved(page, heading, scratch)
    still = ["-loop", "1", "-framerate", "25", "-t", str(_MENU_S), "-i", "file:/in/0"]
    silence = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"]
    form = ["-shortest", "-target", "pal-dvd", "-aspect", "4:3", "-ac", "2", "file:/out/raw.mpg"]
    with TemporaryDirectory(prefix="menu-", dir=scratch) as directory:
        sandbox_run(
            [str(tool("ffmpeg").path), "-nostdin", "-y", "-v", "error", *still, *silence, *form],
            profile=render_profile(
                duration_s=_MENU_S, width=WIDTH_PX, height=HEIGHT_PX, input_bytes=ground.stat().st_size
            ),
            read={"/in/0": ground},
            out_dir=Path(directory),
            is_cancelled=is_cancelled,
        )
        raw = (Path(directory) / "raw.mpg").rename(scratch / f"menu{page.number}_raw.mpg")
    description = scratch / f"menu{page.number}.xml"
    description.write_bytes(_buttons_xml(page, lit, chosen))
    menu = scratch / f"menu{page.number}.mpg"
    argv = [str(tool("spumux").path), "-m", "dvd", description.name]
    with raw.open("rb") as stdin, menu.open("wb") as stdout:
        run(argv, timeout_s=_MENU_TIMEOUT_S, cwd=scratch, env=_ENV, stdin=stdin, stdout_to=stdout)
    return menu


def folder_author(
    titles: Sequence[EncodedTitle],
    pages: Sequence[Page],
    menus: Sequence[Path],
    scratch: Path,
    *,
    is_cancelled: IsCancelled | None = None,
) -> Path:
    """The DVD-Video folder (`VIDEO_TS` within) made of titles and menu pages. Raises the errors of `workers.exec`.

    In the sandbox, for the titles were written by a program that opened what cameras sent. `scratch` is all it sees, as
    /out: `env` goes there first, because the description names files without their folder.
    """
    (scratch / "dvd.xml").write_bytes(_dvd_xml(titles, pages, menus))
    sandbox_run(
        ["/usr/bin/env", "-C", "/out", "VIDEO_FORMAT=PAL", str(tool("dvdauthor").path), "-x", "dvd.xml"],
        profile=render_profile(
            duration_s=sum(each.duration_s for each in titles), width=WIDTH_PX, height=HEIGHT_PX,
            input_bytes=sum(each.path.stat().st_size for each in titles),
        ),
        read={},
        out_dir=scratch,
        is_cancelled=is_cancelled,
    )  # fmt: skip
    return scratch / "dvd"


def folder_size(folder: Path, volume_id: str) -> int:
    """The exact size in bytes of the image of a DVD-Video folder. Raises the errors of `workers.exec`."""
    argv = [*_genisoimage_argv(volume_id), "-print-size", str(folder)]
    return int(run(argv, timeout_s=_MENU_TIMEOUT_S, env=_ENV).stdout) * SECTOR_BYTES


def folder_image(
    folder: Path,
    out: Path,
    *,
    volume_id: str,
    size_bytes: int,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Written:
    """Write the image of a DVD-Video folder, hashed while it is written. Raises the errors of `workers.exec`."""
    argv = [*_genisoimage_argv(volume_id), str(folder)]
    return stdout_written(
        argv, out, total_bytes=size_bytes, env=_ENV, on_progress=on_progress, is_cancelled=is_cancelled
    )


def authoring_tools() -> Mapping[str, str]:
    """Name and version of each tool that a viewing DVD needs. Raises ToolMissing for the first that is missing."""
    names = ("ffmpeg", "ffprobe", "spumux", "dvdauthor", "genisoimage")
    return {name: tool(name).version for name in names}


def chapter_starts(duration_s: float) -> tuple[int, ...]:
    """Where chapters begin, in whole seconds: every five minutes, none in the last two seconds."""
    return tuple(range(0, max(1, int(duration_s - _LAST_CHAPTER_S) + 1), CHAPTER_S))


def _genisoimage_argv(volume_id: str) -> list[str]:
    return [str(tool("genisoimage").path), "-quiet", "-dvd-video", "-udf", "-V", volume_id]


def _buttons_xml(page: Page, lit: Path, chosen: Path) -> bytes:
    root = ET.Element("subpictures", format="PAL")
    spu = ET.SubElement(
        ET.SubElement(root, "stream"),
        "spu",
        start="00:00:00.00",
        force="yes",
        highlight=lit.name,
        select=chosen.name,
    )
    for button in page.buttons:
        left, top, right, bottom = (str(side) for side in button.box_px)
        ET.SubElement(spu, "button", name=button.name, x0=left, y0=top, x1=right, y1=bottom)
    return ET.tostring(root)


def _dvd_xml(titles: Sequence[EncodedTitle], pages: Sequence[Page], menus: Sequence[Path]) -> bytes:
    root = ET.Element("dvdauthor", dest="dvd")
    manager = ET.SubElement(root, "vmgm")
    ET.SubElement(manager, "fpc").text = "jump menu 1;"
    menu_set = ET.SubElement(manager, "menus", lang="EN")
    ET.SubElement(menu_set, "video", format="pal", aspect="4:3")
    for page, menu in zip(pages, menus, strict=True):
        chain = ET.SubElement(menu_set, "pgc")
        if page.number == 1:
            chain.set("entry", "title")
        ET.SubElement(chain, "vob", file=menu.name, pause="inf")
        for button in page.buttons:
            goal = f"title {button.title}" if button.title is not None else f"menu {button.page}"
            ET.SubElement(chain, "button", name=button.name).text = f"jump {goal};"
    _titleset(root, titles)
    return ET.tostring(root)


def _titleset(root: ET.Element, titles: Sequence[EncodedTitle]) -> None:
    titleset = ET.SubElement(root, "titleset")
    # the remote control's Menu key asks for this one; it has no picture and leads on to the menu there is
    way_back = ET.SubElement(ET.SubElement(titleset, "menus", lang="EN"), "pgc", entry="root")
    ET.SubElement(way_back, "pre").text = "jump vmgm menu 1;"
    chains = ET.SubElement(titleset, "titles")
    ET.SubElement(chains, "video", format="pal", aspect="16:9", widescreen="nopanscan")
    for number, title in enumerate(titles, start=1):
        chain = ET.SubElement(chains, "pgc")
        chapters = ",".join(_clock(start) for start in chapter_starts(title.duration_s))
        ET.SubElement(chain, "vob", file=title.path.name, chapters=chapters)
        ET.SubElement(chain, "post").text = f"call vmgm menu {page_of_title(number)};"


def _clock(whole_s: int) -> str:
    return f"{whole_s // 3600}:{whole_s // 60 % 60:02}:{whole_s % 60:02}"
