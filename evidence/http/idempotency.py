"""The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header): one name for one asking, however often sent.

Only the header is read here. What the name stands for is kept by the thing that was asked for (a job, a disc set), in
its own transaction; a table of answers beside it could say that something was made which was not.
"""

import re

from django.http import HttpRequest
from rest_framework.request import Request

from evidence.http.errors import AppError

HEADER = "Idempotency-Key"
# the draft writes it as a quoted string; clients in the wild send it bare
_KEY = re.compile(r'"?([\x21\x23-\x7e]{1,200})"?')


class IdempotencyKeyInvalid(AppError):
    """The header holds something that cannot be a name."""

    code = "idempotency-key-invalid"
    title = "The idempotency key cannot be used"

    def __init__(self) -> None:
        super().__init__(f"{HEADER} must be 1 to 200 visible ASCII characters; a UUID is usual. Send another.")


class IdempotencyKeyReused(AppError):
    """The same person used this name before, for something else."""

    status = 422
    code = "idempotency-key-reused"
    title = "The idempotency key was used before"

    def __init__(self) -> None:
        super().__init__("You used this name for another request. Make a new one for each thing that you ask for.")


def idempotency_key(request: HttpRequest | Request) -> str | None:
    """The name the caller gave this asking; None where there is none.

    Raises:
        IdempotencyKeyInvalid: it is too long, or holds spaces or control characters.
    """
    given = request.headers.get(HEADER)
    if given is None:
        return None
    match = _KEY.fullmatch(given.strip())
    if match is None:
        raise IdempotencyKeyInvalid
    return match[1]
