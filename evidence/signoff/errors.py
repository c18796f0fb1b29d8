"""What stands in the way of looking at a copy again, of deciding a place, and of signing the list."""

from evidence.http.errors import AppError, Conflict, Fault, NotFound


class LookMissing(NotFound):
    """There is no such look or place, or no list yet."""

    def __init__(self) -> None:
        super().__init__("There is no such list, or no such place on it. Open the copy's page 'Look again'.")


class NotRedacted(Conflict):
    """Only what hides something is looked at again."""

    code = "not-redacted"
    title = "Nothing is hidden in this"

    def __init__(self) -> None:
        super().__init__(
            "Only redacted copies are looked at again: in this one nothing is covered, so everything can be seen. Make "
            "a redaction first."
        )


class LookUnderWay(Conflict):
    """It is being looked at now."""

    code = "look-under-way"
    title = "It is being looked at"

    def __init__(self) -> None:
        super().__init__(
            "A detector is looking at this copy now, so the list is not complete yet. Wait until it is done, or cancel "
            "it."
        )


class LookStopped(Conflict):
    """Somebody stopped the look: there is no list to sign."""

    code = "look-stopped"
    title = "Looking was stopped"

    def __init__(self) -> None:
        super().__init__("Somebody stopped the detector, so there is no list to sign. Have the copy looked at again.")


class ListSigned(Conflict):
    """What is signed does not change any more."""

    code = "list-signed"
    title = "Already signed off"

    def __init__(self) -> None:
        super().__init__(
            "This list is signed off, so nothing on it changes any more. Where something was missed, have the copy "
            "looked at again, or make a new redaction."
        )


class ListChanged(Conflict):
    """Somebody decided something while the signer read."""

    code = "list-changed"
    title = "The list has changed"

    def __init__(self) -> None:
        super().__init__(
            "Somebody changed the list, or it was looked at again, while you read it. Read it as it is now, then sign."
        )


class PlacesUndecided(Conflict):
    """Places nobody has said anything of."""

    code = "places-undecided"
    title = "Places are undecided"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{'1 place on the list is' if count == 1 else f'{count} places on the list are'} undecided. Say of each "
            "whether it is acceptable, and why, or must be redacted.",
            count=count,
        )


class PlacesToCover(Conflict):
    """Places that must be redacted."""

    code = "places-to-cover"
    title = "Something must still be redacted"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} place{'' if count == 1 else 's'} on the list must be redacted, so this copy cannot be signed "
            "off. Make a new redaction that covers what was missed; it is looked at again.",
            count=count,
        )


class PlaceReasonMissing(AppError):
    """An acceptable place needs its reason."""

    code = "place-reason-missing"
    title = "Say why it is acceptable"

    def __init__(self) -> None:
        said = "Say in a few words why this may be seen: 'the officer's own face', 'a poster on a wall'."
        super().__init__(said, faults=(Fault("reason", self.code, said),))


class NoPlaceChosen(AppError):
    """Nothing was ticked."""

    code = "no-place-chosen"
    title = "Choose places first"

    def __init__(self) -> None:
        said = "Tick the places that you mean, then say what is to be done with them."
        super().__init__(said, faults=(Fault("places", self.code, said),))


class NotWatched(AppError):
    """The signer has to say that they watched."""

    code = "not-watched"
    title = "Watch the copy first"

    def __init__(self) -> None:
        said = "Watch the whole copy yourself, then say so here: the best detector misses one face in ten."
        super().__init__(said, faults=(Fault("has_watched", self.code, said),))
