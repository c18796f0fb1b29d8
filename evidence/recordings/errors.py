"""What can go wrong with recordings, said so that the person knows what to do next."""

from evidence.http.errors import AppError, Conflict, Gone, NotFound


class RecordingMissing(NotFound):
    """There is none, or the asker may not know of it."""

    def __init__(self) -> None:
        super().__init__("There is no such recording, or you may not know of it.")


class NotPlayable(Conflict):
    """It cannot be played now; the message says why and what can be done."""

    code = "not-playable"
    title = "Cannot be played"


class MayNotLeave(Conflict):
    """A rule of the force keeps it in; the message says which, and what to do."""

    code = "may-not-leave"
    title = "This may not be given away yet"


class NothingToRetry(Conflict):
    """Nothing failed while it was prepared, or another try is under way."""

    code = "nothing-to-retry"
    title = "Nothing to try again"

    def __init__(self) -> None:
        super().__init__("Nothing has failed here, or it is being tried again already. Reload the page.")


class PlaybackOver(Gone):
    """The opening has ended: too long ago, closed, or the right to it was taken away."""

    code = "playback-over"
    title = "This viewing has ended"

    def __init__(self) -> None:
        super().__init__("This viewing has ended. Open the recording again.")


class TranscriptMissing(NotFound):
    """Nobody had the words written down, or they are not there yet."""

    code = "transcript-missing"
    title = "No transcript"

    def __init__(self) -> None:
        super().__init__("There is no transcript of this part. Ask for one, and read it when its job is done.")


class TranscriptNotPossible(AppError):
    """No transcript can be made of this; the message says why and what to do."""

    code = "transcript-not-possible"
    title = "No transcript can be made"


class MarkerInvalid(AppError):
    """A marker outside the recording."""

    code = "marker-invalid"
    title = "The marker cannot be set"


class EditConflict(Conflict):
    """Somebody else changed it since it was read."""

    status = 412
    code = "changed-meanwhile"
    title = "Changed by somebody else"

    def __init__(self) -> None:
        super().__init__("Somebody changed these details since you opened them. Reload, look, and change again.")
