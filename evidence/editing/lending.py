"""Which recording lends its settings to one that lost its index: of the same camera, whole, nearest, not tried in vain.

Only recordings that the asker may know of are asked: a page must not betray that a camera recorded something else.
"""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from evidence.editing.orders import SALVAGE, order_of
from evidence.identity.who import Who
from evidence.jobs.models import JobState
from evidence.jobs.queries import jobs_of
from evidence.recordings.models import FileRole, Kind, Recording, RecordingFile
from evidence.recordings.policy import KIND, RECORDINGS, Right
from workers.media.salvage.reports import LENDERS

LOOKED_AT = 25
"""Recordings before and after that are looked at: a camera that wrote no whole one among those is no help."""


def lender_of(who: Who, damaged: RecordingFile) -> RecordingFile | None:
    """The sealed file whose settings can be lent; None where there is none that the asker may know of."""
    recording = damaged.recording
    others = RecordingFile.objects.select_related("recording", "stored").filter(role=FileRole.MASTER)
    others = others.exclude(pk=damaged.pk)
    tried = _tried(damaged)
    parts = [file for file in others.filter(recording=recording) if _can_lend(file) and str(file.id) not in tried]
    if parts:
        return min(parts, key=lambda file: abs(file.part - damaged.part))
    if recording.camera_id is None:
        return None
    known = RECORDINGS.rows(who, Right.LIST).filter(kind=Kind.MASTER, camera_id=recording.camera_id).order_by()
    rows = others.filter(recording__in=known.values("pk")).exclude(recording=recording)
    found = [file for file in _near(rows, recording) if _can_lend(file)]
    return min(
        found,
        key=lambda file: (str(file.id) in tried, abs(file.recording.recorded_at - recording.recorded_at)),
        default=None,
    )


def _tried(damaged: RecordingFile) -> set[str]:
    """Files whose settings were lent before and did not fit: a camera that was set anew in between has others."""
    jobs = jobs_of(KIND, damaged.recording_id).filter(
        kind=SALVAGE, state=JobState.FAILED, error_code__startswith="media:"
    )
    orders = [order_of(job) for job in jobs]
    return {order.recipe["lender"]["file"] for order in orders if order.recipe["lender"] is not None}


def _near(rows: QuerySet[RecordingFile], recording: Recording) -> Iterator[RecordingFile]:
    at = recording.recorded_at
    before = rows.filter(Q(recording__recorded_at__lte=at)).order_by("-recording__recorded_at", "part")
    after = rows.filter(Q(recording__recorded_at__gt=at)).order_by("recording__recorded_at", "part")
    yield from before[:LOOKED_AT]
    yield from after[:LOOKED_AT]


def _can_lend(file: RecordingFile) -> bool:
    """By what the sandbox said of it; a salvage looks again."""
    probe = file.probe or {}
    pictures = probe.get("video") or ()
    is_whole = probe.get("integrity") == "whole" and probe.get("container") in LENDERS and not file.trouble
    return bool(is_whole and pictures and pictures[0]["codec"] == "h264" and not pictures[0].get("is_mirrored"))
