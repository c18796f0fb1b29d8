"""Every write of editing: drafts as they are drawn, what machines found, orders for working copies, how they ended."""

from evidence.editing.services.asking import (
    clip_request,
    redaction_request,
    sheet_request,
    still_request,
    transcode_request,
)
from evidence.editing.services.drafts import draft_discard, draft_save
from evidence.editing.services.finding import (
    detection_cancel,
    detection_cancelled,
    detection_failed,
    detection_finish,
    detection_of,
    detection_plan,
    detection_request,
    stretch_keep,
)
from evidence.editing.services.following import (
    Drawn,
    follow_cancelled,
    follow_failed,
    follow_finish,
    follow_request,
)
from evidence.editing.services.making import copy_cancelled, copy_failed, copy_finish
from evidence.editing.services.proposing import mute_proposals_read, mutes_decide
from evidence.editing.services.redrawing import draft_again
from evidence.editing.services.salvaging import salvage_request
from evidence.editing.services.taking import finds_take

__all__ = [
    "Drawn",
    "clip_request",
    "copy_cancelled",
    "copy_failed",
    "copy_finish",
    "detection_cancel",
    "detection_cancelled",
    "detection_failed",
    "detection_finish",
    "detection_of",
    "detection_plan",
    "detection_request",
    "draft_again",
    "draft_discard",
    "draft_save",
    "finds_take",
    "follow_cancelled",
    "follow_failed",
    "follow_finish",
    "follow_request",
    "mute_proposals_read",
    "mutes_decide",
    "redaction_request",
    "salvage_request",
    "sheet_request",
    "still_request",
    "stretch_keep",
    "transcode_request",
]
