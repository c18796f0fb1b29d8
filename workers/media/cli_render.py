"""The rendering half of the command line: cut, redact, render, still, verify. Heavy imports wait until one runs.

`render` is what the product calls; `cut` and `redact` leave the statement beside the copy, for people at a prompt.
"""

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from workers.media.cli import encoder_option
from workers.media.sheet_report import USUAL_FRAMES, sheet_recipe, sheet_statement
from workers.media.times import stretch_read, time_read

TIME_HELP = "a time is seconds (12.5) or h:m:s (0:00:12.500)"
THEN_HELP = "the next file of a recording that the camera split; once for each, in order"
COPIED_HELP = (
    "What nothing was done to is copied bit for bit where the recording allows it; the report and OUT.statement.json "
    "say which frames were copied and which encoded anew."
)
VERIFY_TOLD = (
    "Hashes the coded pictures of both files and holds them against each other and the statement: exit 0 and the "
    "frames that are identical, or exit 3 and the frames that should be and are not. Nothing is decoded."
)


def register(operations: Any) -> None:
    """Add the operations to argparse's subparsers."""
    render = operations.add_parser("render", help="a recipe's working copy as MP4")
    render.add_argument("recipe", type=Path)
    render.add_argument("out", type=Path)
    render.add_argument("--source", type=Path, action="append", required=True, help="once for each source, in order")
    encoder_option(render)
    render.set_defaults(run=_render)

    still = operations.add_parser("still", help="one frame as PNG")
    still.add_argument("source", type=Path)
    still.add_argument("out", type=Path)
    moment = still.add_mutually_exclusive_group()
    moment.add_argument("--pts", type=int, help="stored pts; the frame on show then")
    moment.add_argument("--frame", type=int, help="number in the frame index, from 0")
    moment.add_argument("--at", type=_moment, help=f"shown time: {TIME_HELP}, or a fraction of seconds")
    still.add_argument("--recipe", type=Path, help="cover what it covers; a still recipe names the frame itself")
    still.set_defaults(run=_still)
    sheet = operations.add_parser("sheet", help="frames spread over a recording on one page, as PNG")
    sheet.add_argument("source", type=Path)
    sheet.add_argument("out", type=Path)
    sheet.add_argument("--count", type=int, default=USUAL_FRAMES, help="how many frames")
    sheet.set_defaults(run=_sheet)
    _register_copies(operations)


def _register_copies(operations: Any) -> None:
    told = f"Cuts stretches into one MP4, in the order given. {COPIED_HELP}"
    cut = operations.add_parser("cut", help="stretches as an MP4, exact to frame and sample", description=told)
    cut.add_argument("source", type=Path)
    cut.add_argument("out", type=Path)
    cut.add_argument(
        "--segment", action="append", required=True, metavar="A:B",
        help=f"from A up to B, once for each; {TIME_HELP}, both written alike",
    )  # fmt: skip
    cut.add_argument("--then", type=Path, action="append", default=[], help=THEN_HELP)
    cut.add_argument("--compatible", action="store_true", help="encode everything anew, for any player there is")
    cut.set_defaults(run=_cut)

    told = f"Renders a recipe of version 1. {COPIED_HELP}"
    redact = operations.add_parser("redact", help="a recipe's working copy", description=told)
    redact.add_argument("source", type=Path)
    redact.add_argument("out", type=Path)
    redact.add_argument("--recipe", type=Path, required=True, help="its output.compatible decides whether it is copied")
    redact.add_argument("--then", type=Path, action="append", default=[], help=THEN_HELP)
    redact.set_defaults(run=_redact)

    told = "prove which frames of a copy are the Master's, bit for bit"
    verify = operations.add_parser("verify", help=told, description=VERIFY_TOLD)
    verify.add_argument("master", type=Path)
    verify.add_argument("copy", type=Path)
    verify.add_argument("--statement", type=Path, required=True)
    verify.set_defaults(run=_verify)


def _moment(text: str) -> Fraction:
    """A fraction of seconds, or a time as people type it."""
    return Fraction(text) if "/" in text else time_read(text)


def _cut(args: argparse.Namespace) -> object:
    from workers.media.cut import cut  # noqa: PLC0415 - libav loads only where it is used

    stretches = [stretch_read(text) for text in args.segment]
    return cut([args.source, *args.then], args.out, stretches, compatible=args.compatible)


def _redact(args: argparse.Namespace) -> object:
    from workers.media.cut import redact  # noqa: PLC0415 - as above

    return redact([args.source, *args.then], args.out, args.recipe)


def _verify(args: argparse.Namespace) -> object:
    from workers.media.verify import verify  # noqa: PLC0415 - as above

    return verify(args.master, args.copy, args.statement)


def _render(args: argparse.Namespace) -> object:
    from workers.media.render import render  # noqa: PLC0415 - libav loads only where it is used

    return render(args.recipe, args.out, args.source, encoder=args.encoder)


def _sheet(args: argparse.Namespace) -> object:
    from workers.media.canonical import canonical_bytes  # noqa: PLC0415 - as above
    from workers.media.cut import statement_path  # noqa: PLC0415 - as above
    from workers.media.sheet import sheet  # noqa: PLC0415 - as above

    report = sheet(args.source, args.out, count=args.count)
    file = str(uuid5(NAMESPACE_URL, f"sha256:{report.source_sha256}"))
    recipe = sheet_recipe({"file": file, "sha256": report.source_sha256, "role": "master"}, args.count)
    stated = sheet_statement(report, recipe=recipe, size_bytes=args.source.stat().st_size, tools=())
    statement_path(args.out).write_bytes(canonical_bytes(stated))
    return report


def _still(args: argparse.Namespace) -> object:
    from workers.media.still import Moment, still  # noqa: PLC0415 - as above

    moment = Moment(pts=args.pts, frame=args.frame, at_s=args.at)
    return still(args.source, args.out, moment=moment, recipe_path=args.recipe)
