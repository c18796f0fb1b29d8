"""How many files an asker may check: enough for a disc full of them, too few to load the database by script."""

from typing import Any, cast

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from evidence.http.errors import AppError


class ChecksTooMany(AppError):
    """More checks in a minute than one asker has files for."""

    status = 429
    code = "too-many-checks"
    title = "Too many checks"

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            f"Too many files were checked within a minute. Wait {wait_s} seconds and go on.", retry_after_s=wait_s
        )


class CheckPace(SimpleRateThrottle):
    """By asker: a person, or a link."""

    scope = "file-check"
    rate = "60/min"

    def __init__(self, asker: str) -> None:
        self.asker = asker
        super().__init__()

    def get_cache_key(self, request: Any, view: Any) -> str:
        """By whoever asks, wherever from."""
        return f"{self.scope}:{self.asker}"


def pace_require(request: HttpRequest | Request, asker: object) -> None:
    """Count one check of this asker.

    Raises:
        ChecksTooMany: there were too many within the last minute.
    """
    pace = CheckPace(str(asker))
    if not pace.allow_request(cast(Any, request), cast(Any, None)):
        raise ChecksTooMany(int(pace.wait() or 0) + 1)
