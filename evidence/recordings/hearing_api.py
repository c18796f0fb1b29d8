"""The API of what is heard: ask for a transcript, and read it. HTTP only."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.identity.authentication import who_asks
from evidence.recordings.hearing import ERROR_NOTE
from evidence.recordings.queries import recording_for
from evidence.recordings.services.hearing import transcript_ask, transcript_read


class PartIn(serializers.Serializer[Any]):
    """Which part of the recording."""

    part = serializers.IntegerField(required=False, default=1, min_value=1)


class Transcript(APIView):
    """/api/v1/recordings/<id>/transcript"""

    @extend_schema(parameters=[PartIn], responses={200: dict})
    def get(self, request: Request, recording_id: UUID) -> Response:
        """The words of a part with their times (ms from its start) and confidence (per cent); reading is an event."""
        who = who_asks(request)
        given = PartIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        words = transcript_read(who=who, recording=recording_for(who, recording_id), **given.validated_data)
        rows = [
            {"start_ms": word.start_ms, "end_ms": word.end_ms, "sure": word.sure, "untrusted_text": word.text}
            for word in words
        ]
        return Response({"part": given.validated_data["part"], "note": ERROR_NOTE, "words": rows})

    @extend_schema(parameters=[PartIn], request=None, responses={202: dict})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have the words of a part written down; asking twice gives the one job."""
        who = who_asks(request)
        given = PartIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        job = transcript_ask(who=who, recording=recording_for(who, recording_id), **given.validated_data)
        return Response({"job": job.id, "state": job.state}, status=status.HTTP_202_ACCEPTED)
