"""The base of every error a person may see. Rooms derive their own family from it; one handler shows each kind.

`code` is for programs and never changes; `message` is one plain sentence or two that end with what to do next.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one part of the input. `pointer` is a JSON pointer or a form field's name."""

    pointer: str
    code: str
    detail: str


class AppError(Exception):
    """Something a person asked for that cannot be done as asked."""

    status = 400
    code = "invalid"
    title = "The request cannot be carried out"

    def __init__(self, message: str, *, faults: Sequence[Fault] = (), **extra: object) -> None:
        super().__init__(message)
        self.message = message
        self.faults = tuple(faults)
        self.extra = extra


class NotFound(AppError):
    """There is none, or the person may not know that there is one."""

    status = 404
    code = "not-found"
    title = "Not found"


class Forbidden(AppError):
    """The person may know that it exists, but may not do this."""

    status = 403
    code = "denied"
    title = "You cannot do this"


class MethodNotAllowed(AppError):
    """The address is there, but not for this: a form's target that was opened, or a page that was sent something."""

    status = 405
    code = "method-not-allowed"
    title = "This cannot be done from here"

    def __init__(self, method: str) -> None:
        is_opened = method in {"GET", "HEAD"}
        super().__init__(
            "This address only takes what a button or a form sends, so there is nothing to see at it. Go back to the "
            "page with the button and use it there. Nothing was changed."
            if is_opened
            else "This address shows something and takes nothing that is sent to it. Go back, reload the page and try "
            "again. Nothing was changed."
        )


class Conflict(AppError):
    """It is not in a state in which this can be done."""

    status = 409
    code = "conflict"
    title = "Not possible in its present state"


class Gone(AppError):
    """It was there and is no more: expired, revoked, disposed of."""

    status = 410
    code = "gone"
    title = "No longer available"


class Unavailable(AppError):
    """A part that is needed is missing or full; nothing was lost, and trying again later may work."""

    status = 503
    code = "unavailable"
    title = "Not available at the moment"
