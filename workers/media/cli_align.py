"""The command line of alignment: by how much one recording began after another. Heavy imports wait until it runs."""

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any

TOLD = (
    "Finds by how much OTHER began after ONE from what both microphones heard, with a confidence; says why where it "
    "cannot be told. offset_ms is what to add to a second of OTHER to have the second of ONE."
)


def register(operations: Any) -> None:
    """Add the operation to argparse's subparsers."""
    align = operations.add_parser("align", help="two recordings of one incident, by their sound", description=TOLD)
    align.add_argument("one", type=Path)
    align.add_argument("other", type=Path)
    for name in ("one", "other"):
        align.add_argument(
            f"--{name}-then", type=Path, action="append", default=[], metavar="FILE",
            help=f"the next file of {name.upper()}, which its camera split; once for each, in order",
        )  # fmt: skip
    align.add_argument("--about", type=Fraction, metavar="S", help="the offset that the clocks say, in seconds")
    align.add_argument("--within", type=Fraction, metavar="S", help="how far from it to look; all offsets if left out")
    align.set_defaults(run=_align)


def _align(args: argparse.Namespace) -> object:
    from workers.media.align.find import align  # noqa: PLC0415 - libav loads only where it is used

    return align(
        [args.one, *args.one_then], [args.other, *args.other_then], about_s=args.about, within_s=args.within
    )  # fmt: skip
