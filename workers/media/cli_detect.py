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
    _index(detect)
    detect.set_defaults(run=_detect)

    follow = operations.add_parser("follow", help="follow a drawn box, forwards and backwards, as far as it is seen")
    follow.add_argument("source", type=Path)
    follow.add_argument("--box", type=_box, required=True, metavar="PTS,X,Y,W,H", help="in shown pixels, on a frame")
    follow.add_argument("--until", type=int, metavar="PTS", help="up to this stored pts, exclusive (else to the end)")
    follow.add_argument("--from", type=int, dest="start", metavar="PTS", help="and back to this one (else not back)")
    _index(follow)
    follow.add_argument("--detector", metavar="NAME", help="faces or plates: what helps to find it again")
    follow.set_defaults(run=_follow)

    link = operations.add_parser("link", help="which tracks of neighbouring stretches are of one thing")
    link.add_argument("tracks", type=Path, nargs="+", help="files of `detect`, in order, without a gap")
    link.set_defaults(run=_link)

    again = operations.add_parser("look-again", help="what can still be seen in a finished copy")
    again.add_argument("copy", type=Path)
    again.add_argument("--out", type=Path, required=True, help="the list of places, as JSON")
    again.add_argument("--recipe", type=Path, help="what the copy was made by: what it covers is not listed")
    again.add_argument(
        "--master-index", type=Path, action="append", default=[], help="frame index of each source, in order"
    )
    _detectors(again)
    again.set_defaults(run=_look_again)


def _detectors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--detector",
        action="append",
        default=[],
        metavar="NAME",
        help="faces (if none is named), faces-quick, faces-far, plates",
    )
    parser.add_argument("--detectors", type=Path, metavar="JSON", help="further detectors: a configuration file")


def _index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--index", type=Path, help="its frame index, where there is one: saves reading all packets")


def _box(text: str) -> tuple[int, ...]:
    numbers = tuple(int(number) for number in text.split(","))
    if len(numbers) != 5:
        raise ValueError(text)
    return numbers


def _detect(args: argparse.Namespace) -> object:
    from workers.media.detect.analyse import detect_write, pictures_of  # noqa: PLC0415 - libav loads only where used
    from workers.media.detect.chosen import detectors_open  # noqa: PLC0415 - as above

    detectors = detectors_open(args.detector, args.detectors)
    return detect_write(pictures_of(args.source, args.index), args.out, detectors, start=args.start, end=args.end)


def _follow(args: argparse.Namespace) -> object:
    from workers.media.detect.analyse import pictures_of  # noqa: PLC0415 - libav loads only where used
    from workers.media.detect.chosen import detectors_open  # noqa: PLC0415 - as above
    from workers.media.detect.hand import Hand  # noqa: PLC0415 - as above
    from workers.media.recipe_model import Box  # noqa: PLC0415 - as above

    frames, box = pictures_of(args.source, args.index), Box(*args.box)
    (detector,) = detectors_open([args.detector]) if args.detector else (None,)
    start = box.pts if args.start is None else args.start
    end = frames.index.end_pts if args.until is None else args.until
    return Hand(frames, detector).follow(box, start=start, end=end)


def _link(args: argparse.Namespace) -> object:
    from workers.media.detect.joining import links  # noqa: PLC0415 - numpy loads only where used
    from workers.media.detect.to_recipe import tracks_read  # noqa: PLC0415 - as above

    return links([tracks_read(path.read_bytes()) for path in args.tracks])


def _look_again(args: argparse.Namespace) -> object:
    from workers.media.detect.analyse import pictures_of  # noqa: PLC0415 - libav loads only where used
    from workers.media.detect.chosen import detectors_open  # noqa: PLC0415 - as above
    from workers.media.detect.look_again import Covers, look_again  # noqa: PLC0415 - as above
    from workers.media.frame_index import FrameIndex  # noqa: PLC0415 - as above
    from workers.media.inputs import recipe_open  # noqa: PLC0415 - as above

    times = [FrameIndex.read(path).pts for path in args.master_index]
    covers = Covers(recipe_open(args.recipe), times) if args.recipe else None
    detectors = detectors_open(args.detector, args.detectors)
    return look_again(pictures_of(args.copy), args.out, detectors, covers=covers)
