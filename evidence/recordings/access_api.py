"""Restriction, access list, categories and preparation in the API: HTTP in, HTTP out."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.identity.authentication import who_asks
from evidence.identity.models import Person
from evidence.recordings.access import grants_of, reasons_for_access
from evidence.recordings.models import Category
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for
from evidence.recordings.services.access import Place, access_end, access_give
from evidence.recordings.services.notes import restriction_set
from evidence.recordings.services.preparing import preparation_retry


class CategoryList(APIView):
    """GET /api/v1/categories"""

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """Every category a recording can have."""
        who_asks(request)
        return Response(list(Category.objects.values("id", "name", "is_evidential", "retention_days")))


class RestrictionIn(serializers.Serializer[Any]):
    """Restrict or lift, and why."""

    is_restricted = serializers.BooleanField()
    reason = serializers.CharField(max_length=500)


class Restriction(APIView):
    """PUT /api/v1/recordings/<id>/restriction"""

    @extend_schema(request=RestrictionIn, responses={204: None})
    def put(self, request: Request, recording_id: UUID) -> Response:
        """Restrict it with every working copy of it, or lift that."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.RESTRICT)
        given = RestrictionIn(data=request.data)
        given.is_valid(raise_exception=True)
        restriction_set(who=who, recording=recording, **given.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AccessIn(serializers.Serializer[Any]):
    """Who goes on the list, why, and what they may beside watching; somebody on it already has this place instead."""

    person = serializers.PrimaryKeyRelatedField(queryset=Person.objects.filter(is_active=True))
    reason = serializers.CharField(max_length=500)
    may_edit = serializers.BooleanField(required=False, default=False)
    may_download = serializers.BooleanField(required=False, default=False)
    may_disclose = serializers.BooleanField(required=False, default=False)


class AccessList(APIView):
    """/api/v1/recordings/<id>/access"""

    @extend_schema(responses={200: dict})
    def get(self, request: Request, recording_id: UUID) -> Response:
        """Who can see it and why: rules, then grants; a suspended one gives nothing until the restriction is lifted.

        Grants of other people are told to those who keep the list or read the whole custody record; one's own to all.
        """
        who = who_asks(request)
        recording = recording_for(who, recording_id)
        grants = [
            {"id": row.id, "person": row.grantee.label, "reason": row.reason, "until_at": row.until_at,
             "may_watch": row.may_watch, "may_edit": row.may_edit, "may_download": row.may_download,
             "may_disclose": row.may_disclose, "source": row.source_kind, "is_suspended": standing.is_suspended}
            for standing in grants_of(who, recording)
            for row in [standing.grant]
        ]  # fmt: skip
        rules = [{"who": row.who, "what": row.what, "why": row.why} for row in reasons_for_access(recording)]
        return Response({"rules": rules, "grants": grants})

    @extend_schema(request=AccessIn, responses={201: dict})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Put a person on the access list."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.RESTRICT)
        given = AccessIn(data=request.data)
        given.is_valid(raise_exception=True)
        person, reason = given.validated_data.pop("person"), given.validated_data.pop("reason")
        place = Place(**given.validated_data)
        grant = access_give(who=who, recording=recording, person=person, reason=reason, place=place)
        return Response({"id": grant.id}, status=status.HTTP_201_CREATED)


class AccessItem(APIView):
    """DELETE /api/v1/recordings/<id>/access/<grant>"""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, recording_id: UUID, grant_id: UUID) -> Response:
        """Take a person off the access list."""
        who = who_asks(request)
        access_end(who=who, recording=recording_for(who, recording_id, Right.RESTRICT), grant_id=grant_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Preparation(APIView):
    """POST /api/v1/recordings/<id>/preparation"""

    @extend_schema(request=None, responses={202: dict})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Try again what failed while it was prepared. 409 where nothing did."""
        who = who_asks(request)
        jobs = preparation_retry(who=who, recording=recording_for(who, recording_id, Right.ANNOTATE))
        return Response({"jobs": [job.id for job in jobs]}, status=status.HTTP_202_ACCEPTED)
