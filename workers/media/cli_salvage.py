"""The salvaging part of the command line: a camera's profile, and a copy of a recording that lost its index.

`profile` and `salvage --profile` are what the product calls, each in a sandbox of its own: the bytes of another
recording never lie beside those of a damaged one. `salvage --sibling` does both at once, for people at a prompt.
"""

import argparse
import json
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from workers.media.errors import BadRequest, DamagedReport
from workers.media.salvage.reports import SalvageReport, salvage_recipe, salvage_statement

SALVAGE_TOLD = (
    "Puts together what an MP4 holds that was cut before its index: an MP4 with the help of a whole recording from the "
    "same camera, else the bare H.264 stream where the pictures carry their own settings. The report and "
    "OUT.statement.json say what was assumed. The source is only read."
)


def register(operations: Any) -> None:
    """Add the operations to argparse's subparsers."""
    profile = operations.add_parser("profile", help="a camera's settings, from a whole recording of it")
    profile.add_argument("source", type=Path)
    profile.set_defaults(run=_profile)

    salvage = operations.add_parser("salvage", help="a copy of an MP4 that lost its index", description=SALVAGE_TOLD)
    salvage.add_argument("source", type=Path)
    salvage.add_argument("out", type=Path)
    lender = salvage.add_mutually_exclusive_group()
    lender.add_argument("--sibling", type=Path, help="a whole recording from the same camera")
    lender.add_argument("--profile", type=Path, help="a camera's settings, as `profile` told them (the report alone)")
    salvage.set_defaults(run=_salvage)


def _profile(args: argparse.Namespace) -> object:
    from workers.media.salvage.profile import profile_of  # noqa: PLC0415 - libav loads only where it is used

    return profile_of(args.source)


def _salvage(args: argparse.Namespace) -> object:
    from workers.media.salvage.making import salvage  # noqa: PLC0415 - as above
    from workers.media.salvage.profile import profile_of  # noqa: PLC0415 - as above
    from workers.media.salvage.profile_model import CameraProfile  # noqa: PLC0415 - as above
    from workers.media.wire import from_obj  # noqa: PLC0415 - as above

    if args.profile is None:
        profile = profile_of(args.sibling) if args.sibling is not None else None
        report = salvage(args.source, args.out, profile)
        _state(args, report)
        return report
    try:
        profile = from_obj(CameraProfile, json.loads(args.profile.read_bytes()))
    except (OSError, ValueError, DamagedReport) as error:
        raise BadRequest("This is no camera's profile. Make one with `profile SRC`.") from error
    return salvage(args.source, args.out, profile)


def _state(args: argparse.Namespace, report: SalvageReport) -> None:
    from workers.media.canonical import canonical_bytes  # noqa: PLC0415 - as above
    from workers.media.cut import statement_path  # noqa: PLC0415 - as above

    recipe = salvage_recipe(_named(args.source, "master"), _named(args.sibling, "master") if args.sibling else None)
    stated = salvage_statement(report, recipe=recipe, size_bytes=args.source.stat().st_size, tools=())
    statement_path(args.out).write_bytes(canonical_bytes(stated))


def _named(path: Path, role: str) -> dict[str, str]:
    from workers.media.source import file_sha256  # noqa: PLC0415 - as above

    digest = file_sha256(path)
    return {"file": str(uuid5(NAMESPACE_URL, f"sha256:{digest}")), "sha256": digest, "role": role}
