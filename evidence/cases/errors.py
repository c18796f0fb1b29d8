"""Refusals of cases."""

from evidence.http.errors import Conflict, Fault, NotFound


class CaseMissing(NotFound):
    """There is none, or the asker may not know of it."""

    def __init__(self) -> None:
        super().__init__("There is no such case, or you may not know of it.")


class ExhibitMissing(NotFound):
    """There is none in a case that the asker may know of."""

    def __init__(self) -> None:
        super().__init__("There is no such exhibit, or you may not know of its case.")


class MemberMissing(NotFound):
    """They are not on this case."""

    def __init__(self) -> None:
        super().__init__("This person is not on the case. Reload the page.")


class ExhibitTaken(Conflict):
    """The item is already an exhibit of this case."""

    code = "exhibit-taken"
    title = "Already an exhibit"


class ExhibitGone(Conflict):
    """The exhibit was withdrawn."""

    code = "exhibit-withdrawn"
    title = "Withdrawn"


class CaseClosed(Conflict):
    """Nothing is added to a closed case."""

    code = "case-closed"
    title = "The case is closed"

    def __init__(self) -> None:
        super().__init__("This case is closed, so nothing can be added to it. Ask the officer in the case.")


class UrnTaken(Conflict):
    """Another case has this URN."""

    code = "urn-taken"
    title = "URN already in use"

    def __init__(self, urn: str) -> None:
        said = f"There is a case with URN {urn} already. Search for it, or check the number."
        super().__init__(said, faults=(Fault("urn", self.code, said),))


class PersonLeft(Conflict):
    """Somebody without a post is given nothing."""

    code = "person-left"
    title = "No post"

    def __init__(self, name: str, pointer: str) -> None:
        said = f"{name} holds no post now, so nothing can be given to them. Choose somebody who serves."
        super().__init__(said, faults=(Fault(pointer, self.code, said),))
