"""What can be wrong with an edit, in words that say what to change. Several faults at once are told together."""

from collections.abc import Sequence

from evidence.http.errors import AppError, Conflict, Fault, NotFound

TOLD_AT_MOST = 10


class EditRefused(AppError):
    """The edit cannot be made as it was asked for; `faults` says where each thing is wrong."""

    status = 422
    code = "edit-refused"
    title = "This cannot be made as it stands"

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = [fault.detail for fault in faults[:TOLD_AT_MOST]]
        if len(faults) > TOLD_AT_MOST:
            told.append(f"There are {len(faults) - TOLD_AT_MOST} more problems.")
        super().__init__(" ".join(told), faults=faults)


class NotEditable(Conflict):
    """Nothing can be cut from this recording now; the message says why, and what can be done instead."""

    code = "not-editable"
    title = "Cannot be edited"


class DraftKept(Conflict):
    """The person has a drawing of their own there, which would be lost."""

    code = "draft-kept"
    title = "You have a drawing there"

    def __init__(self) -> None:
        said = (
            "You have drawn on this recording yourself, and starting again would throw that away. Go on with your "
            "drawing, or say that it may be replaced."
        )
        super().__init__(said, faults=(Fault("replace", self.code, said),))


class DetectionMissing(NotFound):
    """There is no such look for faces or plates, or no such following, on this recording."""

    def __init__(self) -> None:
        super().__init__("There is no such look at this recording, or you may not know of it.")


class DetectionOver(Conflict):
    """Nothing is under way that could be stopped."""

    code = "detection-over"
    title = "Already over"

    def __init__(self) -> None:
        super().__init__("Nothing is being looked for any more. Reload the page to see what was found.")
