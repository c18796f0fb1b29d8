"""What can go wrong with media, as typed errors a caller can act on.

A broken *recording* is not an error but a finding in its report; an error means the operation asked for cannot be done.
The command line turns each into ``{"error": {"code", "message", "data"}}`` and exit status 3.
"""

from collections.abc import Mapping


class MediaError(Exception):
    """Base of the family: ``code`` for programs, ``message`` for people, ``data`` for whoever investigates."""

    code = "media_error"

    def __init__(self, message: str, **data: str | float | None) -> None:
        super().__init__(message)
        self.message = message
        self.data: Mapping[str, str | float | None] = data

    def to_obj(self) -> dict[str, object]:
        """The wire form of the error."""
        return {"code": self.code, "message": self.message, "data": dict(self.data)}


class SourceMissing(MediaError):
    """The path to read is not a readable regular file."""

    code = "source_missing"


class NotMedia(MediaError):
    """The bytes are not in a container that is opened here; the probe report says what they are."""

    code = "not_media"


class NoVideo(MediaError):
    """The operation needs pictures and the source holds none."""

    code = "no_video"


class NoFrames(MediaError):
    """The source declares a video stream, yet no frame could be read from it."""

    code = "no_frames"


class Unplayable(MediaError):
    """No copy can be made: the probe report says why."""

    code = "unplayable"


class CopyFailed(MediaError):
    """ffmpeg was run and made no whole copy; ``data.tail`` holds its last words."""

    code = "copy_failed"


class DiskFull(MediaError):
    """No room was left where the copy is written; unlike the others it passes, once somebody has made room."""

    code = "disk_full"


class LibavFailed(MediaError):
    """libav gave up midway; ``data.reason`` holds its word for it."""

    code = "libav_failed"


class BadRequest(MediaError):
    """The command line itself is wrong; usage is in the message."""

    code = "bad_request"


class DamagedIndex(MediaError):
    """A stored frame index cannot be read: make it again from the recording."""

    code = "damaged_index"


class DamagedReport(MediaError):
    """A report from the sandbox does not have its declared shape: treat the run as failed."""

    code = "damaged_report"
