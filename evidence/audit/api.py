"""The custody record for programs: one recording's record as JSON lines, and the search across items."""

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.audit.queries import Search, consistency_of, jsonl_of, published
from evidence.audit.services import record_read, record_search
from evidence.custody.queries import Line, lines
from evidence.custody.words import line_words
from evidence.http.ranges import disposition
from evidence.identity.authentication import who_asks
from evidence.recordings.queries import recording_for
from evidence.recordings.reasons import LABELS

PAGE_LINES = 200


class CustodyExport(APIView):
    """GET /api/v1/recordings/<id>/custody.jsonl"""

    @extend_schema(responses={(200, "application/jsonl"): str})
    def get(self, request: Request, recording_id: UUID) -> StreamingHttpResponse:
        """The record, first to last, one JSON line an event, lines that the reader may not see withheld by hash."""
        who = who_asks(request)
        recording = recording_for(who, recording_id)
        read = record_read(who=who, recording=recording, way="export")
        answer = StreamingHttpResponse(jsonl_of(read), content_type="application/jsonl")
        answer["Content-Disposition"] = disposition(f"custody_{str(recording.id)[:8]}.jsonl")
        answer["Cache-Control"] = "private, no-store"
        return answer


class LogRead(APIView):
    """GET /api/v1/log"""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """Public keys (`name+id+key`) of the log and its witnesses, oldest first; the newest checkpoint as signed."""
        log = published()
        told = {
            name: [{"key": key.verifier, "since": key.at} for key in keys]
            for name, keys in (("keys", log.keys), ("witnesses", log.witnesses))
        }
        return Response({**told, "checkpoint": log.note or None})


class ConsistencyIn(serializers.Serializer[Any]):
    """Two checkpoints by the number of events under them; without `new` the newest."""

    old = serializers.IntegerField(min_value=1)
    new = serializers.IntegerField(required=False, default=None, min_value=1)


class LogConsistency(APIView):
    """GET /api/v1/log/consistency"""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(parameters=[ConsistencyIn], responses={200: dict})
    def get(self, request: Request) -> Response:
        """The proof that one checkpoint continues another: nothing that was under the older was changed or removed."""
        given = ConsistencyIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        return Response(consistency_of(**given.validated_data))


class SearchIn(serializers.Serializer[Any]):
    """What to look for: at least a person, an item or a time from which. `before`: position of the last line seen."""

    person = serializers.UUIDField(required=False, default=None)
    item = serializers.UUIDField(required=False, default=None)
    from_at = serializers.DateTimeField(required=False, default=None)
    until_at = serializers.DateTimeField(required=False, default=None)
    before = serializers.IntegerField(required=False, default=None, min_value=1)


class CustodySearch(APIView):
    """GET /api/v1/custody"""

    @extend_schema(parameters=[SearchIn], responses={200: dict})
    def get(self, request: Request) -> Response:
        """Events across items, newest first, 200 at a time; `next` is the `before` of the following page."""
        given = SearchIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        search = Search(actor=asked["person"], item=asked["item"], from_at=asked["from_at"], until_at=asked["until_at"])
        found = record_search(who=who_asks(request), search=search, limit=PAGE_LINES + 1, before=asked["before"])
        page = found[:PAGE_LINES]
        following = page[-1].position if len(found) > PAGE_LINES else None
        return Response({"results": [_told(line) for line in lines(page)], "next": following})


def _told(line: Line) -> dict[str, Any]:
    return {"position": line.position, "words": line_words(line, LABELS), "body": line.body, "texts": line.texts}
