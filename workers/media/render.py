"""Renders a recipe to an MP4 and says what was done: the operation, its report and its statement.

The work itself, frame by frame, is in `rendering`. A render decides nothing about what to cover: the recipe says
everything.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from workers.media.audio import sound_of
from workers.media.inputs import inputs_open, recipe_open
from workers.media.provenance import settings, stated_source, tools
from workers.media.recipe import recipe_sha256
from workers.media.render_reports import RenderReport
from workers.media.rendering import Made, Rendering, recipe_kind
from workers.media.reports import Finding
from workers.media.sound_edges import sound_left_out
from workers.media.statement import StatedSegment, Statement, statement_sha256
from workers.media.timeline import timeline


def render(recipe_path: Path, out: Path, paths: Sequence[Path]) -> RenderReport:
    """Render the recipe in a file to `out`; `paths` are its sources in order. Raises the MediaError family."""
    recipe = recipe_open(recipe_path)
    inputs = inputs_open(recipe, paths)
    shifts = [row.shift for row in inputs]
    line = timeline(recipe, shifts)
    sound = sound_of(recipe, line, paths, shifts)
    work = Rendering(recipe=recipe, inputs=inputs, line=line, sound=sound, out=out)
    work.run()
    statement = statement_of(work)
    return RenderReport(
        v=1,
        width=statement.width,
        height=statement.height,
        frames=statement.frames,
        duration_s=float(line.duration_s),
        size_bytes=out.stat().st_size,
        statement=statement,
        statement_sha256=statement_sha256(statement),
        findings=tuple(_findings(work)),
    )


def statement_of(work: Rendering) -> Statement:
    """What was done, of a render that has run."""
    form, sound, base = work.form, work.sound, work.line.time_base
    left_out = sound_left_out(work)
    return Statement(
        v=1,
        kind=recipe_kind(work.recipe),
        recipe_sha256=recipe_sha256(work.recipe),
        sources=tuple(stated_source(row) for row in work.inputs),
        tools=tools(x264_build=work.x264_build),
        settings=settings(form, has_sound=sound is not None),
        time_base=(base.numerator, base.denominator),
        width=form.width if form else 0,
        height=form.height if form else 0,
        frames=sum(made.encoded for made in work.made),
        segments=tuple(_stated_segment(made) for made in work.made),
        sound="encoded" if sound else "none",
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
        frames_copied=0,
        frames_missing=made.frames_in - made.encoded,
        frames_damaged=made.damaged,
        frames_covered=made.covered,
        first_pts=made.first_pts,
        last_pts=made.last_pts,
    )


def _findings(work: Rendering) -> Iterator[Finding]:
    missing = sum(made.frames_in - made.encoded for made in work.made)
    damaged = sum(made.damaged for made in work.made)
    if missing:
        sentence = f"{missing} frames of the recording are damaged and could not be decoded; they are not in this copy."
        yield Finding(code="frames_missing", sentence=sentence)
    if damaged:
        sentence = (
            f"{damaged} frames of this copy come from damaged parts of the recording, where gaps were filled from "
            "other pictures: what they show may not be what the camera saw."
        )
        yield Finding(code="frames_damaged", sentence=sentence)
    yield from sound_left_out(work).findings()
