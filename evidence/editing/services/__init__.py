"""Every write of editing: drafts as they are drawn, orders for working copies, and how an order ended."""

from evidence.editing.services.asking import clip_request, redaction_request, still_request, transcode_request
from evidence.editing.services.drafts import draft_discard, draft_save
from evidence.editing.services.making import copy_cancelled, copy_failed, copy_finish
from evidence.editing.services.proposing import mutes_decide

__all__ = [
    "clip_request",
    "copy_cancelled",
    "copy_failed",
    "copy_finish",
    "draft_discard",
    "draft_save",
    "mutes_decide",
    "redaction_request",
    "still_request",
    "transcode_request",
]
