"""Refusals of court: discs that cannot be planned, made or handed out, each with what to do next."""

from evidence.http.errors import AppError, Conflict, NotFound


class DiscSetMissing(NotFound):
    """There is none in this case, or the asker may not know of it."""

    def __init__(self) -> None:
        super().__init__("There are no such discs in this case, or you may not know of them.")


class DiscMissing(NotFound):
    """The set has no such disc (yet)."""

    def __init__(self) -> None:
        super().__init__("There is no such disc. Look at the page of its set: it may still be being made.")


class NothingChosen(AppError):
    """No exhibit, or one that is not a live exhibit of the case."""

    code = "nothing-chosen"
    title = "No exhibits to put on a disc"


class ExhibitNotReady(Conflict):
    """An exhibit is still being prepared, or its length is not known."""

    code = "exhibit-not-ready"
    title = "An exhibit is not ready"


class ExhibitEmpty(Conflict):
    """An exhibit has no file at all."""

    code = "exhibit-empty"
    title = "There is nothing of an exhibit to put on a disc"


class ExhibitNotPlain(AppError):
    """What is shown of an exhibit is no plain MP4, and its original was not asked for."""

    code = "exhibit-not-plain"
    title = "An exhibit does not play everywhere"


class ExhibitWithdrawn(Conflict):
    """An exhibit was withdrawn after its discs were asked for."""

    code = "exhibit-withdrawn"
    title = "An exhibit was withdrawn"


class DisclosureEnded(Conflict):
    """Whoever asked for the discs may not disclose one of their exhibits any more."""

    code = "disclosure-ended"
    title = "An exhibit may not be disclosed any more"


class DiscSetDiffers(Conflict):
    """The id given names discs that were asked for with other terms."""

    code = "disc-set-differs"
    title = "These discs were asked for differently"

    def __init__(self) -> None:
        super().__init__(
            "Discs with this id were asked for before, with other exhibits, another kind of disc, recipient or reason. "
            "Nothing was made. Ask again with a new id."
        )


class NotForDvd(AppError):
    """A viewing DVD carries film only, all of it playable, and there is no DVD-Video on a Blu-ray disc."""

    code = "not-for-dvd"
    title = "Not possible on a viewing DVD"


class DoesNotFit(AppError):
    """One exhibit alone is larger than the medium; `fits_on` names the media that would take it."""

    code = "does-not-fit"
    title = "Too large for this medium"


class RecipientMissing(AppError):
    """Nobody was named to whom the discs go."""

    code = "recipient-missing"
    title = "A recipient is needed"

    def __init__(self) -> None:
        super().__init__("Say who the discs are for: the court, the CPS office or the solicitor.")


class ExhibitDamaged(Conflict):
    """A file in the vault is not what was sealed: it must not leave."""

    code = "exhibit-damaged"
    title = "An exhibit is damaged"
