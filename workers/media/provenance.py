"""Gathers what a statement says of the tools that took part, and of what they were told.

The statement's shape is in `statement`. Nothing here may depend on when or where it runs, or the same recipe on the
same Master would no longer give the same statement.
"""

from collections.abc import Mapping

import av
import cv2
import numpy as np

from workers.media import encode
from workers.media.encode import PictureForm
from workers.media.encoders import CODECS, Encoder, library_format
from workers.media.inputs import Input
from workers.media.sound_track import AAC_CODER, SOUND_BITS_S
from workers.media.statement import Setting, StatedSource, Tool

RENDERER_VERSION = "4"
"""Rises whenever the same recipe may come out differently."""


def tools(*, x264_build: str | None = None, writes: bool = False) -> tuple[Tool, ...]:
    """Names and versions, sorted by name; `writes`: those that write on pictures too."""
    found = {name: ".".join(str(part) for part in version) for name, version in av.library_versions.items()}
    found |= {
        "av": av.__version__,
        "continuity-render": RENDERER_VERSION,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
    if x264_build is not None:
        found["x264"] = x264_build
    if writes:
        from workers.media import lettering  # noqa: PLC0415 - fonts and PIL load only where something is written

        found |= {tool.name: tool.version for tool in lettering.tools()}
    return tuple(Tool(name=name, version=version) for name, version in sorted(found.items()))


def picture_settings(
    form: PictureForm | None, encoder: Encoder = "software", *, threads: int = encode.THREADS
) -> dict[str, str]:
    """What the encoder of a whole picture track is told; hardware is named, software is among the tools."""
    if form is None:
        return {}
    found = {f"h264.{name}": value for name, value in encode.encoder_options(encoder, form).items()}
    if encoder != "software":
        found["h264.encoder"] = CODECS[encoder]
    return found | {"h264.threads": str(threads), "h264.pix_fmt": library_format(encoder)}


def settings(picture: Mapping[str, str], *, has_encoded_sound: bool) -> tuple[Setting, ...]:
    """What the encoders were told, sorted by name."""
    found = dict(picture)
    if has_encoded_sound:
        found |= {"aac.bit_rate_per_channel": str(SOUND_BITS_S), "aac.coder": AAC_CODER}
    return tuple(Setting(name=name, value=value) for name, value in sorted(found.items()))


def stated_source(row: Input) -> StatedSource:
    """A file that was read."""
    source = row.source
    return StatedSource(file=source.file, sha256=source.sha256, role=source.role, size_bytes=row.size_bytes)
