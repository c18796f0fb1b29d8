"""What every way of making a working copy shares: limits, the tools that took part, the bytes into the vault, one end.

The copy becomes visible in the transaction that ends the job, so whatever is killed before leaves nothing, and whatever
runs twice leaves one. How the copy is made is not here.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from evidence.editing.services import copy_finish
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Unit
from evidence.jobs.work import Work
from evidence.recordings.models import RecordingFile
from evidence.signoff.services import look_ask_after_render
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_discard, object_put
from workers.exec.sandbox import Profile, provider, render_profile
from workers.media.statement import Tool

DEVICES: dict[str, tuple[str, ...]] = {
    "software": (),
    "nvenc": ("/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm"),
    "qsv": ("/dev/dri",),
    "vaapi": ("/dev/dri",),
}
"""What a sandbox must reach to encode in hardware. Nothing else of the machine's devices is shown to it."""
UNKNOWN_DURATION_S = 3600.0
"""For limits only, where a file does not say how long it is."""
UNKNOWN_SIDE_PX = (1920, 1080)


def copying_profile(*files: RecordingFile, output_s: float = 0.0) -> Profile:
    """Limits for reading all of these files and writing `output_s` seconds besides their own length."""
    pictures = [(row["width"], row["height"]) for file in files for row in (file.probe or {}).get("video", ())]
    width, height = max(pictures, default=UNKNOWN_SIDE_PX)
    return render_profile(
        duration_s=sum(file.duration_s or UNKNOWN_DURATION_S for file in files) + output_s, width=width,
        height=height, input_bytes=sum(file.size_bytes for file in files),
    )  # fmt: skip


def encoding_profile(profile: Profile) -> Profile:
    """The same with the devices of the configured encoder, where it is a machine's own hardware.

    Raises:
        JobFailed: the sandbox at hand shows no devices.
    """
    if DEVICES[settings.VIDEO_ENCODER] and provider().name != "bubblewrap":
        raise JobFailed(
            "encoder-unreachable",
            "The encoder in hardware that is configured can only be reached with bubblewrap as the sandbox. Ask the "
            "administrator to set CONTINUITY_VIDEO_ENCODER to software, or to install bubblewrap; then try again.",
        )
    return replace(profile, devices=DEVICES[settings.VIDEO_ENCODER])


def encoder_args() -> tuple[str, ...]:
    """How the media library is told which encoder is configured."""
    return () if settings.VIDEO_ENCODER == "software" else ("--encoder", settings.VIDEO_ENCODER)


def sandbox_tool() -> Tool:
    """The sandbox as a tool that took part: which one confined the work."""
    return Tool(name="sandbox", version=provider().name)


def copy_seal(work: Work, path: Path, *, statement: Mapping[str, Any], media_type: str) -> None:
    """Put a finished copy into the vault and end the job with it.

    Raises:
        VaultFull, VaultUnavailable: nothing is left of it; try again.
        JobLost, JobCancelled: the job is not ours any more; the bytes are dropped.
    """
    put = object_put(
        object_class=ObjectClass.COPY, source=path, move=True,
        on_progress=lambda done, total: work.progress(done, total, "storing the copy,", Unit.BYTES),
    )  # fmt: skip
    try:
        with work.finishing() as outcome:
            file = copy_finish(job=work.job, put=put, statement=statement, media_type=media_type)
            look_ask_after_render(file=file, requested_by=work.job.requested_by)
            outcome |= {"copy": str(file.recording_id), "recording": str(file.recording_id), "file": str(file.id)}
    except BaseException:
        object_discard(put)
        raise
