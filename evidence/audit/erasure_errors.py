"""What can go wrong when texts of the record are to be erased."""

from evidence.http.errors import AppError, Conflict, Fault, NotFound


class ErasureMissing(NotFound):
    """There is no such proposal."""

    def __init__(self) -> None:
        super().__init__("There is no such proposal. Go back to the list.")


class NothingToErase(AppError):
    """What was chosen names no text that is still there."""

    code = "nothing-to-erase"
    title = "Nothing to erase"

    def __init__(self) -> None:
        super().__init__("The record holds no such text, or it was erased already. Check what you entered.")


class OwnProposal(Conflict):
    """Two people are needed, and this is one."""

    code = "own-proposal"
    title = "Another person has to approve this"

    def __init__(self) -> None:
        super().__init__("You proposed this, so another evidence manager has to approve it. You can withdraw it.")


class OwnName(Conflict):
    """Nobody takes part in the erasing of their own name."""

    code = "own-name"
    title = "Your own name is among these"

    def __init__(self) -> None:
        said = "Your own name is among these texts. Two evidence managers whom it is not about have to do this."
        super().__init__(said, faults=(Fault("way", self.code, said),))


class ErasureDecided(Conflict):
    """Somebody has decided it already."""

    code = "already-decided"
    title = "Already decided"

    def __init__(self) -> None:
        super().__init__("This proposal has been decided already. Reload the page to see how.")


class NotSealedYet(Conflict):
    """The lines are not under a signed checkpoint yet."""

    code = "not-sealed-yet"
    title = "Not sealed yet"
