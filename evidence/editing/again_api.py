"""Starting a new redaction from a finished one, for programs. HTTP in, HTTP out."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.editing.models import Draft
from evidence.editing.services import draft_again
from evidence.identity.authentication import who_asks
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for


class AgainIn(serializers.Serializer[Any]):
    """`replace`: the asker's own draft there may go."""

    replace = serializers.BooleanField(default=False)


class AgainOut(serializers.Serializer[Draft]):
    """The asker's draft: on which `recording`, and on which `part` of it (null: on all of it)."""

    recording = serializers.UUIDField(source="recording_id")
    part = serializers.SerializerMethodField(allow_null=True)
    content = serializers.JSONField()
    saved_at = serializers.DateTimeField()

    def get_part(self, draft: Draft) -> int | None:
        """As orders and drafts name it."""
        return draft.part or None


class StartAgain(APIView):
    """POST /api/v1/recordings/<id>/start-again"""

    @extend_schema(request=AgainIn, responses=AgainOut)
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Make what this redaction covers, mutes and keeps the asker's draft on what it was made from."""
        who = who_asks(request)
        copy = recording_for(who, recording_id, Right.WATCH)
        given = AgainIn(data=request.data)
        given.is_valid(raise_exception=True)
        draft = draft_again(who=who, copy=copy, is_replacing=given.validated_data["replace"])
        return Response(AgainOut(draft).data)
