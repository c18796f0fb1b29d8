"""A redaction report as plain data, gathered once: PDF, CSV and JSON are written from this.

It says of a working copy what was covered and muted, when, why, by whom and found by what; which frames are the
Master's bit for bit; what was looked at again, what was decided and who signed; hashes and tools. A newcomer's trap: it
tells what the recipe says; boxes and mutes reach further by the margins, which stand among the settings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.audit.redaction_times import Times, Where
from evidence.court.lineage import line_up
from evidence.custody.parties import Actor, Reason
from evidence.editing.drawing import NAMES
from evidence.editing.orders import canonical_sha256
from evidence.editing.reasons import COVER_REASONS
from evidence.recordings.models import Recording
from evidence.signoff.models import Look
from evidence.signoff.queries import Listed, listed, look_of, looks_of
from workers.media.recipe import AudioRange, Recipe, Track

EFFECTS = {"solid": "Covered solid", "pixelate": "Pixelated", "none": "Left visible", "mute": "Muted", "bleep": "Tone"}
REASONS = dict(COVER_REASONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done for a stretch. `part`: kept, track, picture or sound; `number` within it.

    `found_by`: `hand`, or NAME:VERSION:SHA256 of a detector; '' where nothing had to be found. `why` in words.
    """

    part: str
    number: int
    what: str
    effect: str
    why_code: str
    why: str
    found_by: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Frames of the copy, first and last, that are those of its source bit for bit."""

    copy: tuple[int, int]
    source: tuple[int, int]
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed file on the line from the Master to the copy."""

    what: str
    recording: UUID
    sha256: str


@dataclass(frozen=True, kw_only=True)
class RedactionReport:
    """A report. `look` None: it was never looked at again; `earlier` looks only by number, state and signature."""

    force: str
    made_at: datetime
    made_by: Actor
    post: str
    reason: Reason
    copy: Recording
    files: tuple[Sealed, ...]
    recipe_sha256: str
    statement_sha256: str
    done: tuple[Done, ...]
    unchanged: tuple[Unchanged, ...]
    frames: int
    reach: tuple[tuple[str, str], ...]
    encoder: tuple[tuple[str, str], ...]
    tools: tuple[tuple[str, str], ...]
    findings: tuple[str, ...]
    look: Listed | None
    earlier: tuple[Look, ...]

    @property
    def frames_unchanged(self) -> int:
        """How many frames are the source's, bit for bit."""
        return sum(last - first + 1 for first, last in (each.copy for each in self.unchanged))

    @property
    def copied_by(self) -> str:
        """Who had the copy made."""
        return self.copy.made_by.label if self.copy.made_by else "not known"


def files_of(copy: Recording) -> tuple[Sealed, ...]:
    """The copy, what it was made from, and so on to the Master; of a split Master every part."""
    found: list[Sealed] = []
    for recording in line_up(copy):
        what = "Master" if recording.is_master else f"Working copy ({recording.get_kind_display().lower()})"
        originals = recording.files.filter(role__in=["master", "copy"]).select_related("stored").order_by("part")
        parts = list(originals)
        for file in parts:
            part = f", part {file.part}" if len(parts) > 1 else ""
            found.append(Sealed(what=f"{what}{part}", recording=recording.id, sha256=file.sha256))
    return tuple(found)


def done_of(recipe: Recipe) -> tuple[Done, ...]:
    """Everything that a recipe does, in the order in which it does it.

    Raises:
        VaultUnavailable: a frame index cannot be read now.
    """
    times = Times(recipe)
    return (*_kept(times), *_tracks(recipe, times), *_pictures(recipe, times), *_sounds(recipe, times))


def unchanged_of(copy: Recording) -> tuple[Unchanged, ...]:
    """As the provenance statement says; none where it is of an older version, when all was encoded anew."""
    sources = (copy.recipe or {}).get("sources", ())
    return tuple(
        Unchanged(
            copy=(part["out_first"], part["out_first"] + part["frames"] - 1),
            source=(part["source_first"], part["source_first"] + part["frames"] - 1),
            file=str(sources[part["source"]]["file"]),
        )
        for part in (copy.statement or {}).get("parts", ())
        if part["way"] == "copied" and part["frames"]
    )  # fmt: skip


def reach_of(recipe: Recipe, statement: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """How far effects reach, and how the copy was made: name and value."""
    params = recipe.params
    return (
        ("Boxes are larger than drawn by", f"{params.pad_pct} %"),
        ("Boxes are held longer at both ends by", f"{params.hold_frames} frames"),
        ("Blocks across a pixelated box, at most", str(params.blocks)),
        ("Fill of solid covers (Y, U, V)", ", ".join(map(str, params.fill))),
        ("Mutes reach further at both ends by", f"{params.mute_widen_ms} ms"),
        ("Copy made as", "most compatible" if recipe.output.compatible else "fast: untouched parts copied"),
        ("Sound", _sound_words(recipe, statement)),
    )


def gathered(copy: Recording, recipe: Recipe) -> dict[str, Any]:
    """All that a `RedactionReport` says of the copy itself.

    Raises:
        VaultUnavailable: a frame index cannot be read now.
    """
    statement: Mapping[str, Any] = copy.statement or {}
    look = look_of(copy)
    return {
        "copy": copy, "files": files_of(copy), "recipe_sha256": copy.recipe_sha256,
        "statement_sha256": canonical_sha256(statement) if statement else "", "done": done_of(recipe),
        "unchanged": unchanged_of(copy), "frames": int(statement.get("frames", 0)),
        "reach": reach_of(recipe, statement),
        "encoder": tuple((str(row["name"]), str(row["value"])) for row in statement.get("settings", ())),
        "tools": tuple((str(tool["name"]), str(tool["version"])) for tool in statement.get("tools", ())),
        "findings": tuple(str(row["sentence"]) for row in statement.get("findings", ())),
        "look": listed(look) if look is not None else None,
        "earlier": tuple(each for each in looks_of(copy) if look is not None and each.pk != look.pk),
    }  # fmt: skip


def _kept(times: Times) -> Iterator[Done]:
    for number, where in enumerate(times.segments(), start=1):
        yield Done(
            part="kept", number=number, what="Kept", effect="", why_code="", why="", found_by="", where=where
        )  # fmt: skip


def _tracks(recipe: Recipe, times: Times) -> Iterator[Done]:
    for number, track in enumerate(recipe.tracks, start=1):
        for run in track.runs:
            where = times.picture(track.source, run.start, run.end)
            yield _done("track", number, _track_words(track), track.effect, track.reason, where, track.found_by)


def _pictures(recipe: Recipe, times: Times) -> Iterator[Done]:
    for number, row in enumerate(recipe.frames, start=1):
        where = times.picture(row.source, row.start, row.end)
        yield _done("picture", number, "Whole picture", row.effect, "", where)


def _sounds(recipe: Recipe, times: Times) -> Iterator[Done]:
    for number, row in enumerate(recipe.audio, start=1):
        where = times.sound(row.source, row.start, row.end)
        yield _done("sound", number, _sound(row), row.effect, row.reason, where)


def _done(  # noqa: PLR0917 - a row's columns
    part: str, number: int, what: str, effect: str, code: str, where: Where, found_by: str = "hand"
) -> Done:
    return Done(
        part=part, number=number, what=what, effect=EFFECTS.get(effect, effect), why_code=code,
        why=REASONS.get(code, code) or "As the copy as a whole", found_by=found_by, where=where,
    )  # fmt: skip


def _track_words(track: Track) -> str:
    named = NAMES.get(track.kind, track.kind)
    if track.inverse:
        return f"Everything outside of {named.lower()} ({track.shape})"
    return f"{named} ({track.shape})"


def _sound(row: AudioRange) -> str:
    return "Sound replaced by a tone" if row.effect == "bleep" else "Sound"


def _sound_words(recipe: Recipe, statement: Mapping[str, Any]) -> str:
    if recipe.output.audio == "drop" or statement.get("sound") == "none":
        return "none in the copy"
    if statement.get("sound") == "copied":
        return "copied unchanged"
    rate = int(statement.get("sound_rate") or 1)
    return f"encoded anew; {int(statement.get('samples_hidden', 0)) / rate:.3f} s of it taken out"
