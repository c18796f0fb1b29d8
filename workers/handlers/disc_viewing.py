"""Viewing DVDs: the films of a disc's exhibits as DVD-Video. Lossy, and no evidence; the data disc is the record."""

import shutil
from pathlib import Path
from typing import Any

from django.utils import timezone

from evidence.court.contents import DiscExhibit, DiscFile
from evidence.court.lineage import recorded_from
from evidence.court.models import DiscSet
from evidence.court.planning import DiscPlanned, SetPlan
from evidence.jobs.work import Work
from workers.disc.dvd import Title, viewing_dvd_build
from workers.handlers.disc_image import DiscImage, content_of, file_place

_MS = 1000


def viewing_images(work: Work, disc_set: DiscSet, plan: SetPlan) -> list[DiscImage]:
    """Make every DVD of the set, one after the other."""
    return [_image(work, disc_set, plan, disc) for disc in plan.discs]


def _image(work: Work, disc_set: DiscSet, plan: SetPlan, disc: DiscPlanned) -> DiscImage:
    sources = work.scratch / f"titles{disc.number}"
    titles: list[Title] = []
    contents: list[dict[str, Any]] = []
    for each in disc.exhibits:
        for found in each.viewing:
            path = sources / f"title{len(titles) + 1}"
            file_place(work, each, found, path)
            titles.append(_title(each, found, path))
            contents.append(content_of(each, found, f"title {len(titles)}"))
    image = work.scratch / f"disc{disc.number}.iso"
    stage = f"disc {disc.number} of {disc.of}: encoding second"
    report = viewing_dvd_build(
        titles, menu_heading=f"{disc_set.case.urn}, disc {disc.number} of {disc.of}", volume_id=disc.volume_id,
        out=image, medium=plan.medium, is_cancelled=work.is_cancelled,
        on_progress=lambda done, total: work.progress(done // _MS, total // _MS, stage),
    )  # fmt: skip
    shutil.rmtree(sources)
    return DiscImage(disc=disc, path=image, report=report, contents=tuple(contents))


def _title(each: DiscExhibit, found: DiscFile, path: Path) -> Title:
    recording = each.exhibit.recording
    part = f", part {found.file.part}" if each.part_count > 1 else ""
    recorded = f"{timezone.localtime(recorded_from(recording)):%d %b %Y %H:%M}"
    officer = recording.officer.label if recording.officer else "officer not known"
    return Title(
        path=path, heading=f"{each.reference}{part}: {each.exhibit.description}",
        lines=(recording.get_kind_display(), recorded, officer),
    )  # fmt: skip
