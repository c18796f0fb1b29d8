"""Renders a recipe to an MP4 and says what was done: the operation, its report and its statement.

The work itself is in `rendering` (every frame is encoded) and `smart.joining` (what is not touched is copied). A render
decides nothing about what to cover: the recipe says everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from workers.media.audio import sound_of
from workers.media.encode import PEAK_BITS_S
from workers.media.encoders import Encoder
from workers.media.inputs import Opened, inputs_open, recipe_open
from workers.media.made import MOST_PARTS, Made
from workers.media.provenance import settings, stated_source, tools
from workers.media.recipe import Recipe, recipe_sha256
from workers.media.render_reports import RenderReport
from workers.media.rendering import COMPATIBLE, Rendering, recipe_kind
from workers.media.reports import Finding
from workers.media.smart.coding import NotSmart
from workers.media.smart.joining import Joining
from workers.media.sound_edges import sound_left_out
from workers.media.source import file_sha256
from workers.media.statement import StatedSegment, Statement, statement_sha256
from workers.media.timeline import timeline

WRITTEN_ON = "Something is written on every picture."
Work: TypeAlias = Rendering | Joining


def render(recipe_path: Path, out: Path, paths: Sequence[Path], *, encoder: Encoder = "software") -> RenderReport:
    """Render the recipe in a file to `out`; `paths` are its sources in order. Raises the MediaError family."""
    return render_recipe(recipe_open(recipe_path), out, paths, encoder=encoder)


def render_recipe(
    recipe: Recipe, out: Path, paths: Sequence[Path], *, encoder: Encoder = "software",
    opened: Mapping[Path, Opened] | None = None,
) -> RenderReport:  # fmt: skip
    """The same, of a recipe that is read. `opened`: see inputs_open."""
    parts = given(recipe, out, paths, opened)
    work, why_not = _made(parts, is_smart=is_smart(recipe), why_not=barred(recipe), encoder=encoder)
    return report_of(work, why_not)


def is_smart(recipe: Recipe) -> bool:
    """Whether what is not touched is to be copied."""
    return not recipe.output.compatible and recipe.output.kind == "video"


def given(
    recipe: Recipe, out: Path, paths: Sequence[Path], opened: Mapping[Path, Opened] | None = None
) -> dict[str, Any]:
    """What every way of rendering is given: the fields of Rendering and Joining that are not its own."""
    inputs = inputs_open(recipe, paths, opened)
    shifts = [row.shift for row in inputs]
    line = timeline(recipe, shifts)
    sound = sound_of(recipe, line, paths, shifts)
    return {"recipe": recipe, "inputs": inputs, "line": line, "sound": sound, "out": out}


def report_of(work: Work, why_not: str) -> RenderReport:
    """The report of a render that has run; `why_not`: see `because_of`."""
    statement = statement_of(work)
    return RenderReport(
        v=1,
        width=statement.width,
        height=statement.height,
        frames=statement.frames,
        duration_s=float(work.line.duration_s),
        size_bytes=work.out.stat().st_size,
        statement=statement,
        statement_sha256=statement_sha256(statement),
        findings=tuple(_findings(work, why_not)),
    )


def because_of(why_not: str) -> str:
    """Why everything is encoded: it was asked for, or nothing can be copied, and why that."""
    return f"encoded anew throughout, because nothing can be copied: {why_not}" if why_not else COMPATIBLE


def barred(recipe: Recipe) -> str:
    """Why nothing of it can be copied though that is asked for; '' where the recipe is no reason."""
    return WRITTEN_ON if is_smart(recipe) and recipe.overlay is not None else ""


def _made(parts: dict[str, Any], *, is_smart: bool, why_not: str, encoder: Encoder) -> tuple[Work, str]:
    """The work, done; and why everything was encoded where copying was asked for, '' where it was not or is done."""
    if is_smart and not why_not:
        try:
            joining = Joining(**parts)
            joining.run()
        except NotSmart as reason:
            why_not = reason.message
        else:
            return joining, ""
    rendering = Rendering(**parts, because=because_of(why_not), encoder=encoder)
    rendering.run()
    return rendering, why_not


def statement_of(work: Work) -> Statement:
    """What was done, of a render that has run."""
    form, sound, base = work.form, work.sound, work.line.time_base
    left_out, copied = sound_left_out(work), work.copied_sound
    return Statement(
        v=2,
        kind=recipe_kind(work.recipe),
        recipe_sha256=recipe_sha256(work.recipe),
        sources=tuple(stated_source(row) for row in work.inputs),
        tools=tools(x264_build=work.x264_build, writes=work.recipe.overlay is not None),
        settings=settings(work.settings, has_encoded_sound=sound is not None and copied is None),
        time_base=(base.numerator, base.denominator),
        width=form.width if form else 0,
        height=form.height if form else 0,
        frames=sum(made.encoded + made.copied for made in work.made),
        segments=tuple(_stated_segment(made) for made in work.made),
        parts=tuple(work.parts) if len(work.parts) <= MOST_PARTS else (),
        parameter_sets=work.sets,
        copy_sha256=file_sha256(work.out),
        sound="copied" if copied else "encoded" if sound else "none",
        sound_sha256=copied.sha256 if copied else None,
        sound_rate=sound.rate if sound else 0,
        sound_channels=sound.channels if sound else 0,
        samples_hidden=sound.hidden_samples if sound else 0,
        sound_before_ms=left_out.before_ms,
        sound_after_ms=left_out.after_ms,
    )


def _stated_segment(made: Made) -> StatedSegment:
    segment = made.planned.segment
    return StatedSegment(
        source=segment.source,
        start=segment.start,
        end=segment.end,
        out_start=segment.out_start,
        out_end=segment.out_end,
        way=made.planned.way,
        because=made.planned.because,
        frames_in=made.frames_in,
        frames_encoded=made.encoded,
        frames_copied=made.copied,
        frames_missing=made.frames_in - made.encoded - made.copied,
        frames_damaged=made.damaged,
        frames_covered=made.covered,
        first_pts=made.first_pts,
        last_pts=made.last_pts,
    )


def _findings(work: Work, why_not: str) -> Iterator[Finding]:
    missing = sum(made.frames_in - made.encoded - made.copied for made in work.made)
    damaged = sum(made.damaged for made in work.made)
    if why_not:
        sentence = f"Nothing could be copied bit for bit, so every frame was encoded anew. {why_not}"
        yield Finding(code="encoded_throughout", sentence=sentence)
    if missing:
        sentence = f"{missing} frames of the recording are damaged and could not be decoded; they are not in this copy."
        yield Finding(code="frames_missing", sentence=sentence)
    if damaged:
        sentence = (
            f"{damaged} frames of this copy come from damaged parts of the recording, where gaps were filled from "
            "other pictures: what they show may not be what the camera saw."
        )
        yield Finding(code="frames_damaged", sentence=sentence)
    if isinstance(work, Rendering) and work.form and work.form.fits_level and work.peak_bits_s > PEAK_BITS_S:
        sentence = (
            f"Where most happens this copy takes {work.peak_bits_s // 1_000_000} Mbit a second; some players keep up "
            f"with {PEAK_BITS_S // 1_000_000} only. Try it where it is to be shown."
        )
        yield Finding(code="rate_high", sentence=sentence)
    yield from sound_left_out(work).findings()
