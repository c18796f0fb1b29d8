"""What can be wrong with setting recordings beside one another."""

from evidence.http.errors import AppError, Conflict, NotFound


class NotAPair(AppError):
    """What was named is no pair of recordings that can be set beside each other; the message says why."""

    status = 422
    code = "not-a-pair"
    title = "These cannot be set beside each other"


class AlignmentMissing(NotFound):
    """There is no such proposal for this pair."""

    code = "alignment-missing"
    title = "There is no such proposal"


class AlignmentDecided(Conflict):
    """Somebody has decided it meanwhile."""

    code = "alignment-decided"
    title = "Already decided"

    def __init__(self) -> None:
        super().__init__("This proposal was decided meanwhile. The page shows how it stands.")
