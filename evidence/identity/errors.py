"""Refusals of identity and policy."""

from evidence.custody.parties import Actor, Subject
from evidence.custody.verbs import Verb
from evidence.http.errors import AppError, Forbidden


class Denied(Forbidden):
    """A policy said no. Carries what the custody record needs; the outermost boundary writes it after the rollback.

    `is_hidden`: the asker may not even know that the item exists, and is shown 'not found'.
    """

    def __init__(
        self, message: str, *, actor: Actor, verb: Verb, subject: Subject, right: str, rule: str, is_hidden: bool
    ) -> None:
        super().__init__(message)
        self.actor, self.verb, self.subject, self.right, self.rule = actor, verb, subject, right, rule
        if is_hidden:
            self.status, self.code, self.title = 404, "not-found", "Not found"
            self.message = "There is no such item, or you may not know of it."


class ReasonMissing(AppError):
    """The act needs a reason."""

    code = "reason-missing"
    title = "A reason is needed"

    def __init__(self) -> None:
        super().__init__("Say why: choose a reason from the list, or write one.")


class TokenRefused(AppError):
    """No such token, expired, revoked, or without the scope."""

    status = 401
    code = "token-refused"
    title = "Not signed in"


class SignInNeeded(AppError):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "not-signed-in"
    title = "Not signed in"

    def __init__(self) -> None:
        super().__init__("Sign in first; your session may have ended.")
