"""The command line the sandbox runs: ``python -m workers.media OP ARGS``.

One JSON object on standard output: ``{"report": ...}`` and exit 0, or ``{"error": {"code", "message", "data"}}`` and
exit 3. Progress goes to standard error (see ``progress``). An operation is a subparser whose ``run`` default takes the
parsed arguments and returns a report dataclass or plain JSON values; heavy imports belong inside it, for a probe must
not pay for a renderer.
"""

import argparse
import errno
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from workers.exec.errors import ExecError
from workers.media.encoders import ENCODERS
from workers.media.errors import BadRequest, DiskFull, LibavFailed, MediaError
from workers.media.wire import to_obj

EXIT_ERROR = 3
DISK_FULL = "No room is left where the result is written."
LIBAV_FAILED = (
    "The recording could not be read, or what was made of it not written; it may be damaged. Make a plain MP4 of it, "
    "and use that."
)

# Where further operations are registered from: each module has ``register(subparsers)``.
FURTHER = (
    "workers.media.cli_render",
    "workers.media.cli_detect",
    "workers.media.cli_align",
    "workers.media.cli_parted",
    "workers.media.cli_salvage",
    "workers.media.cli_voice",
)


class Parser(argparse.ArgumentParser):
    """Argument errors as typed errors: what calls this reads JSON, not usage texts."""

    def error(self, message: str) -> NoReturn:
        """Raise BadRequest instead of printing and leaving."""
        raise BadRequest(f"{message}. {self.format_usage().strip()}")


def main(argv: Sequence[str]) -> int:
    """Run one operation; returns the exit status."""
    try:
        args = build_parser().parse_args(argv)
        answer: dict[str, Any] = {"report": to_obj(args.run(args))}
        status = 0
    except MediaError as error:
        answer, status = {"error": error.to_obj()}, EXIT_ERROR
    except ExecError as error:
        fact = {"code": error.code, "message": error.message, "data": error.data}
        answer, status = {"error": fact}, EXIT_ERROR
    except Exception as error:  # noqa: BLE001 - what is none of ours is raised again
        answer, status = {"error": _typed(error).to_obj()}, EXIT_ERROR
    json.dump(answer, sys.stdout)
    sys.stdout.write("\n")
    return status


def _typed(error: Exception) -> MediaError:
    """A full disk, or libav's own error, as one of ours; anything else is a fault in this program and goes on."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DiskFull(DISK_FULL)
    av_error = sys.modules.get("av.error")  # not imported here: a probe of a text file needs no libav
    if av_error is None or not isinstance(error, av_error.FFmpegError):
        raise error
    return LibavFailed(LIBAV_FAILED, reason=str(error)[:200])


def build_parser() -> Parser:
    """All operations, those of the rendering half included."""
    parser = Parser(prog="python -m workers.media", description="Reads and copies recordings, inside the sandbox.")
    operations = parser.add_subparsers(dest="op", required=True, parser_class=Parser)
    _register(operations)
    for module in FURTHER:
        import_module(module).register(operations)
    return parser


def _register(operations: Any) -> None:
    probe = operations.add_parser("probe", help="what a file is, whether it is whole, how it can be played")
    probe.add_argument("source", type=Path)
    probe.set_defaults(run=_probe)

    index = operations.add_parser("index", help="the frame index, by packets alone")
    index.add_argument("source", type=Path)
    index.add_argument("out", type=Path, nargs="?", help="where to write it; only the summary is told where left out")
    index.set_defaults(run=_index)

    prepare = operations.add_parser("prepare", help="probe, index, storyboard and waveform in one pass")
    prepare.add_argument("source", type=Path)
    prepare.add_argument("out_dir", type=Path)
    prepare.set_defaults(run=_prepare)

    remux = operations.add_parser("remux", help="the same picture and sound in an MP4")
    remux.add_argument("source", type=Path)
    remux.add_argument("out", type=Path)
    remux.set_defaults(run=_remux)

    transcode = operations.add_parser("transcode", help="a plain MP4: H.264 High and AAC")
    transcode.add_argument("source", type=Path)
    transcode.add_argument("out", type=Path)
    transcode.add_argument("--proxy", action="store_true", help="to view only: at most 720 lines, quick to make")
    encoder_option(transcode)
    transcode.set_defaults(run=_transcode)


def encoder_option(operation: argparse.ArgumentParser) -> None:
    """Let an operation that encodes be told with what."""
    told = "what encodes H.264 where all of the picture is encoded: software, or this machine's hardware"
    operation.add_argument("--encoder", choices=ENCODERS, default="software", help=told)


def _probe(args: argparse.Namespace) -> object:
    from workers.media.probe import probe  # noqa: PLC0415 - libav loads only where it is used

    return probe(args.source)


def _index(args: argparse.Namespace) -> object:
    from workers.media.index import index_build, index_write  # noqa: PLC0415 - as above

    if args.out is None:
        return index_build(args.source)[1]
    return index_write(args.source, args.out)


def _prepare(args: argparse.Namespace) -> object:
    from workers.media.prepare import prepare  # noqa: PLC0415 - as above

    return prepare(args.source, args.out_dir)


def _remux(args: argparse.Namespace) -> object:
    from workers.media.transcode import remux  # noqa: PLC0415 - as above

    return remux(args.source, args.out)


def _transcode(args: argparse.Namespace) -> object:
    from workers.media.transcode import transcode  # noqa: PLC0415 - as above

    return transcode(args.source, args.out, is_proxy=args.proxy, encoder=args.encoder)
