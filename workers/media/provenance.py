"""Gathers what a statement says of the tools that took part, and of what they were told.

The statement's shape is in `statement`. Nothing here may depend on when or where it runs, or the same recipe on the
same Master would no longer give the same statement.
"""

import av
import cv2
import numpy as np

from workers.media import encode
from workers.media.encode import PictureForm, x264_options
from workers.media.inputs import Input
from workers.media.statement import Setting, StatedSource, Tool

RENDERER_VERSION = "2"
"""Rises whenever the same recipe may come out differently."""


def tools(*, x264_build: str | None = None) -> tuple[Tool, ...]:
    """Names and versions, sorted by name."""
    found = {name: ".".join(str(part) for part in version) for name, version in av.library_versions.items()}
    found |= {
        "av": av.__version__,
        "continuity-render": RENDERER_VERSION,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
    if x264_build is not None:
        found["x264"] = x264_build
    return tuple(Tool(name=name, version=version) for name, version in sorted(found.items()))


def settings(form: PictureForm | None, *, has_sound: bool) -> tuple[Setting, ...]:
    """What the encoders were told, sorted by name."""
    found: dict[str, str] = {}
    if form is not None:
        found |= {f"h264.{name}": value for name, value in x264_options(form).items()}
        found |= {"h264.threads": str(encode.THREADS), "h264.pix_fmt": "yuv420p"}
    if has_sound:
        found["aac.bit_rate_per_channel"] = str(encode.SOUND_BITS_S)
    return tuple(Setting(name=name, value=value) for name, value in sorted(found.items()))


def stated_source(row: Input) -> StatedSource:
    """A file that was read."""
    source = row.source
    return StatedSource(file=source.file, sha256=source.sha256, role=source.role, size_bytes=row.size_bytes)
