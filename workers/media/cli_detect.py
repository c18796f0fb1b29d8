"""The finding half of the command line: `detect` and what follows from it. Heavy imports wait for one to run."""

import argparse
from pathlib import Path
from typing import Any


def register(operations: Any) -> None:
    """Add the operations to argparse's subparsers."""
    detect = operations.add_parser("detect", help="find and follow faces, plates and more; boxes for a person to check")
    detect.add_argument("source", type=Path)
    detect.add_argument("--out", type=Path, required=True, help="the tracks, as JSON")
    _detectors(detect)
    detect.add_argument("--from", type=int, dest="start", metavar="PTS", help="look from this stored pts on only")
    detect.add_argument("--until", type=int, dest="end", metavar="PTS", help="and up to this one, exclusive")
    detect.set_defaults(run=_detect)


def _detectors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--detector",
        action="append",
        default=[],
        metavar="NAME",
        help="faces (if none is named), faces-quick, faces-far, plates",
    )
    parser.add_argument("--detectors", type=Path, metavar="JSON", help="further detectors: a configuration file")


def _detect(args: argparse.Namespace) -> object:
    from workers.media.detect.analyse import detect_write, pictures_of  # noqa: PLC0415 - libav loads only where used
    from workers.media.detect.chosen import detectors_open  # noqa: PLC0415 - as above

    detectors = detectors_open(args.detector, args.detectors)
    return detect_write(pictures_of(args.source), args.out, detectors, start=args.start, end=args.end)
