"""Every write of editing: drafts as they are drawn, orders for working copies, and how an order ended."""

from evidence.editing.services.asking import (
    clip_request,
    redaction_request,
    sheet_request,
    still_request,
    transcode_request,
)
from evidence.editing.services.drafts import draft_discard, draft_save
from evidence.editing.services.making import copy_cancelled, copy_failed, copy_finish
from evidence.editing.services.salvaging import salvage_request

__all__ = [
    "clip_request",
    "copy_cancelled",
    "copy_failed",
    "copy_finish",
    "draft_discard",
    "draft_save",
    "redaction_request",
    "salvage_request",
    "sheet_request",
    "still_request",
    "transcode_request",
]
