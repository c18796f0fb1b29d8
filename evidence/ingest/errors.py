"""What can go wrong while a file comes in. Nothing here ever costs bytes that were already confirmed.

Statuses follow tus 1.0 where that protocol names one, so that its clients do the right thing: they go on after 409,
423 and 5xx, and give an upload up after any other 4xx.
"""

from evidence.http.errors import AppError, Conflict, Forbidden, Gone, NotFound, Unavailable


class UploadMissing(NotFound):
    """There is no upload of this id."""

    code = "upload-missing"

    def __init__(self) -> None:
        super().__init__("There is no such upload. Start it again.")


class UploadGone(Gone):
    """It was ended by its sender, it expired, or the spool lost its bytes."""

    code = "upload-gone"


class UploadInvalid(AppError):
    """The announcement of an upload, or a chunk's headers, cannot be understood."""

    code = "upload-invalid"
    title = "The upload cannot be understood"


class UploadTooLarge(AppError):
    """Larger than this force takes, or more bytes than were announced."""

    status = 413
    code = "upload-too-large"
    title = "Too large"


class OffsetMismatch(Conflict):
    """The chunk does not begin where the upload stands. `offset_bytes`: where it stands."""

    code = "upload-offset"

    def __init__(self, offset_bytes: int) -> None:
        super().__init__(f"The upload stands at byte {offset_bytes}. Go on from there.", offset=offset_bytes)
        self.offset_bytes = offset_bytes


class UploadBusy(AppError):
    """Another request writes to it; try again in a moment."""

    status = 423
    code = "upload-busy"
    title = "Busy"

    def __init__(self, message: str = "Another request is writing to this upload. Try again in a moment.") -> None:
        super().__init__(message)


class ChecksumMismatch(AppError):
    """A chunk is not what its checksum says; it was dropped."""

    status = 460
    code = "upload-checksum"
    title = "Checksum mismatch"

    def __init__(self) -> None:
        super().__init__("The chunk was damaged on the way and was dropped. Send it again.")


class UploadFinished(Forbidden):
    """Every byte is here: it cannot be withdrawn any more."""

    code = "upload-finished"

    def __init__(self) -> None:
        super().__init__("This upload is complete and cannot be withdrawn. What became of it is on its page.")


class UploadRefused(Conflict):
    """It was received and did not pass the check: there will never be a receipt."""

    code = "upload-refused"
    title = "Refused"


class UploadForbidden(Forbidden):
    """This asker may not send recordings in here."""

    code = "upload-denied"


class SpoolFull(Unavailable):
    """No room is left for incoming bytes; what arrived is kept."""

    status = 507
    code = "spool-full"
    title = "No room left"

    def __init__(self) -> None:
        super().__init__(
            "There is no room for more uploads at the moment. What arrived is kept; go on when the administrator has "
            "made room."
        )


class SpoolBroken(Unavailable):
    """The disc of the spool did not take bytes; what was confirmed before is kept, and nothing after it counts."""

    code = "spool-broken"
    title = "The bytes could not be made safe"

    def __init__(self) -> None:
        super().__init__(
            "The disc for incoming files failed. What was confirmed before is kept; go on from there, and tell support "
            "if it happens again."
        )


class ReceiptKeyMissing(Unavailable):
    """The key that signs receipts is not there; nothing was sealed, because no receipt could be given."""

    code = "receipt-key-missing"
    title = "Receipts cannot be signed"


class SourceUnreadable(AppError):
    """The file named cannot be read, or is no file."""

    code = "source-unreadable"
    title = "The file cannot be read"
