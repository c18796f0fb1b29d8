"""Cursor pages on (time, id): stable under inserts and exact on ties, which DRF's own cursor cuts at a thousand."""

import base64
import binascii
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from evidence.http.errors import AppError

PAGE_SIZE = 50
PAGE_MAX = 200


def cursor_encode(moment: datetime, identifier: UUID) -> str:
    """An opaque position after one row."""
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(identifier)]).encode()).decode().rstrip("=")


def cursor_decode(text: str) -> tuple[datetime, UUID]:
    """The position behind a cursor.

    Raises:
        AppError: it is not one of ours.
    """
    try:
        moment, identifier = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return datetime.fromisoformat(moment), UUID(identifier)
    except (ValueError, TypeError, binascii.Error) as problem:
        raise AppError("This cursor is not one we gave. Start again from the first page.") from problem


def after(rows: QuerySet[Any], field: str, cursor: str) -> QuerySet[Any]:
    """Rows behind a cursor in an order of (-field, -id)."""
    if not cursor:
        return rows
    moment, identifier = cursor_decode(cursor)
    return rows.filter(Q(**{f"{field}__lt": moment}) | Q(**{field: moment, "pk__lt": identifier}))


def cursor_next(page: list[Any], field: str, size: int) -> tuple[list[Any], str]:
    """The rows to show and the cursor behind them; empty where there is no more. `page` holds one row too many."""
    if len(page) <= size:
        return page, ""
    last = page[size - 1]
    return page[:size], cursor_encode(getattr(last, field), last.pk)


def cursor_page(
    request: Request, rows: QuerySet[Any], *, field: str, serializer: type[BaseSerializer[Any]]
) -> Response:
    """`{"results": [...], "next": address or null}`; `limit` up to 200."""
    limit = request.query_params.get("limit", "")
    size = min(int(limit), PAGE_MAX) if limit.isdigit() and int(limit) else PAGE_SIZE
    found = list(after(rows, field, request.query_params.get("cursor", ""))[: size + 1])
    page, cursor = cursor_next(found, field, size)
    query = {key: value for key, value in request.query_params.items() if key != "cursor"}
    following = f"{request.path}?{urlencode({**query, 'cursor': cursor})}" if cursor else None
    results = serializer(instance=page, many=True).data
    return Response({"results": results, "next": following})
