"""What can go wrong with shares and links, said so that the person knows what to do next."""

from evidence.http.errors import AppError, Conflict, Fault, NotFound


class ShareMissing(NotFound):
    """There is none, or the asker may not know of it."""

    def __init__(self) -> None:
        super().__init__("There is no such share or link, or you may not know of it.")


class TermsInvalid(AppError):
    """Something about to whom, until when or how cannot be; the fault says what."""

    code = "terms-invalid"
    title = "It cannot be shared like this"

    def __init__(self, pointer: str, said: str) -> None:
        super().__init__(said, faults=(Fault(pointer, self.code, said),))


class ShareThere(Conflict):
    """They have it already."""

    code = "shared-already"
    title = "Shared already"


class ShareOver(Conflict):
    """It was ended before."""

    code = "share-over"
    title = "Ended already"

    def __init__(self) -> None:
        super().__init__("This was ended before. Reload the page to see how it stands; share it again if need be.")


class LinkMade(Conflict):
    """The same form was sent twice."""

    code = "link-made"
    title = "The link is made already"

    def __init__(self) -> None:
        super().__init__(
            "This link was made already, and its address is shown only once. Find it among the links of the recording; "
            "if its address is lost, end it and make another."
        )


class LinkGone(NotFound):
    """No such link, expired, revoked, or its recording is restricted now: nobody outside is told which."""

    def __init__(self) -> None:
        super().__init__("There is nothing at this address. Ask whoever sent it to you for a new link.")


class CodeWrong(AppError):
    """Not the code that was sent, or used, expired, or tried too often."""

    code = "code-wrong"
    title = "The code is not right"

    def __init__(self, left: int) -> None:
        again = f"You can try {left} more time{'s' if left > 1 else ''}." if left else "Ask for a new code."
        said = f"This is not the code that was sent last, or it has expired. {again}"
        super().__init__(said, faults=(Fault("code", self.code, said),))


class CodeTooSoon(AppError):
    """Codes are asked for too often."""

    status = 429
    code = "code-too-soon"
    title = "Wait before asking for another code"


class LetterStale(AppError):
    """There is no sense in sending it any more."""

    code = "letter-stale"
    title = "Not sent"
