"""The command line of a render in parts: split, render-part, join-parts. Heavy imports wait until one runs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workers.media.parted.operations import Parting

USUAL_FRAMES = 1_500
PARTED_HELP = (
    "A part is scratch: pictures without a film around them, which join-parts puts together. Where a render is parted "
    "depends on the recipe, the recording and --part-frames alone, so all three must be told the same."
)

WHOLE_HELP = (
    "Writes the recipe that keeps every frame and the sound, encoded throughout, and says how its render is parted. "
    "No parts, and no recipe, where frames cannot be named one by one, or the picture is too large for a plain MP4."
)


def register(operations: Any) -> None:
    """Add the operations to argparse's subparsers."""
    split = operations.add_parser("split", help="how a render is parted", description=PARTED_HELP)
    split.add_argument("recipe", type=Path)
    _source(split)
    split.add_argument("--why-not", default="", help="why nothing is to be copied, where that is known already")
    split.set_defaults(run=_split)

    whole = operations.add_parser("split-whole", help="how a plain MP4 of all of it is parted", description=WHOLE_HELP)
    whole.add_argument("source", type=Path)
    whole.add_argument("recipe", type=Path, help="where to write the recipe that the other operations take")
    whole.add_argument("--part-frames", type=int, default=USUAL_FRAMES)
    whole.set_defaults(run=_split_whole)

    part = operations.add_parser("render-part", help="one part of a render", description=PARTED_HELP)
    part.add_argument("recipe", type=Path)
    part.add_argument("out", type=Path)
    part.add_argument("--part", type=int, required=True, help="its number, from 0")
    _source(part)
    _parting(part)
    part.set_defaults(run=_part)

    join = operations.add_parser("join-parts", help="all parts of a render as one MP4", description=PARTED_HELP)
    join.add_argument("recipe", type=Path)
    join.add_argument("out", type=Path)
    join.add_argument("--part", type=Path, action="append", required=True, help="once for each part, in order")
    _source(join)
    _parting(join)
    join.set_defaults(run=_join)


def _source(operation: argparse.ArgumentParser) -> None:
    operation.add_argument("--source", type=Path, action="append", required=True, help="once for each source, in order")
    operation.add_argument(
        "--part-frames", type=int, default=USUAL_FRAMES, help=f"about how long a part is ({USUAL_FRAMES} frames)"
    )


def _parting(operation: argparse.ArgumentParser) -> None:
    operation.add_argument("--way", choices=("full", "smart"), required=True, help="as split said")
    operation.add_argument("--why-not", default="", help="as split said")


def _split(args: argparse.Namespace) -> object:
    from workers.media.parted.operations import split  # noqa: PLC0415 - libav loads only where it is used

    return split(args.recipe, args.source, part_frames=args.part_frames, why_not=args.why_not)


def _split_whole(args: argparse.Namespace) -> object:
    from workers.media.parted.operations import split_whole  # noqa: PLC0415 - as above

    return split_whole(args.source, args.recipe, part_frames=args.part_frames)


def _part(args: argparse.Namespace) -> object:
    from workers.media.parted.operations import part_render  # noqa: PLC0415 - as above

    return part_render(args.recipe, args.out, args.source, parting=_parting_of(args), number=args.part)


def _join(args: argparse.Namespace) -> object:
    from workers.media.parted.operations import parts_join  # noqa: PLC0415 - as above

    return parts_join(args.recipe, args.out, args.source, args.part, parting=_parting_of(args))


def _parting_of(args: argparse.Namespace) -> "Parting":
    from workers.media.parted.operations import Parting  # noqa: PLC0415 - as above

    return Parting(way=args.way, part_frames=args.part_frames, why_not=args.why_not)
