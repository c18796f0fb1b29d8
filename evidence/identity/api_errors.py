"""The API's outermost boundary: a refusal is written into the custody record, then shown as a problem."""

from collections.abc import Mapping
from typing import Any

from rest_framework.response import Response

from evidence.http import problem
from evidence.identity.errors import Denied
from evidence.identity.services import denial_record


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's handler: see `evidence.http.problem`."""
    if isinstance(exc, Denied):
        denial_record(exc)
    return problem.exception_handler(exc, context)
