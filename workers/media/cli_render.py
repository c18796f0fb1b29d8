"""The rendering half of the command line: `render` and `still`. Heavy imports wait until one of them runs."""

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any


def register(operations: Any) -> None:
    """Add the operations to argparse's subparsers."""
    render = operations.add_parser("render", help="a recipe's working copy as MP4")
    render.add_argument("recipe", type=Path)
    render.add_argument("out", type=Path)
    render.add_argument("--source", type=Path, action="append", required=True, help="once for each source, in order")
    render.set_defaults(run=_render)

    still = operations.add_parser("still", help="one frame as PNG")
    still.add_argument("source", type=Path)
    still.add_argument("out", type=Path)
    moment = still.add_mutually_exclusive_group()
    moment.add_argument("--pts", type=int, help="stored pts; the frame on show then")
    moment.add_argument("--frame", type=int, help="number in the frame index, from 0")
    moment.add_argument("--at", type=Fraction, help="shown seconds, as a decimal or a fraction")
    still.add_argument("--recipe", type=Path, help="cover what it covers; a still recipe names the frame itself")
    still.set_defaults(run=_still)


def _render(args: argparse.Namespace) -> object:
    from workers.media.render import render  # noqa: PLC0415 - libav loads only where it is used

    return render(args.recipe, args.out, args.source)


def _still(args: argparse.Namespace) -> object:
    from workers.media.still import Moment, still  # noqa: PLC0415 - as above

    moment = Moment(pts=args.pts, frame=args.frame, at_s=args.at)
    return still(args.source, args.out, moment=moment, recipe_path=args.recipe)
