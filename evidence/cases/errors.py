"""Refusals of cases."""

from evidence.http.errors import AppError, Conflict, NotFound


class CaseMissing(NotFound):
    """There is none, or the asker may not know of it."""

    def __init__(self) -> None:
        super().__init__("There is no such case, or you may not know of it.")


class ExhibitTaken(Conflict):
    """The item is already an exhibit of this case."""

    code = "exhibit-taken"
    title = "Already an exhibit"


class ExhibitGone(Conflict):
    """The exhibit was withdrawn."""

    code = "exhibit-withdrawn"
    title = "Withdrawn"


class UrnTaken(AppError):
    """Another case has this URN."""

    code = "urn-taken"
    title = "URN already in use"
