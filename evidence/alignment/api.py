"""Alignment for programs: what could lie beside a recording, how a pair stands; listen, decide, set. HTTP only.

Offsets are whole milliseconds by which the other recording begins after the first that the address names; the other
way round, the sign changes. What the sound says moves nothing until a person has accepted it.
"""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.alignment.models import Alignment
from evidence.alignment.queries import Standing, others_of, pair_for, proposal_for, standing_of
from evidence.alignment.services import alignment_ask, alignment_decide, alignment_set
from evidence.identity.authentication import who_asks
from evidence.jobs.models import Job
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for


class HeardOut(serializers.Serializer[Alignment]):
    """What came of listening last. `state`: `proposed`, `accepted`, `refused` or `not-found`."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    confidence_pct = serializers.IntegerField(allow_null=True)
    said = serializers.CharField()
    made_at = serializers.DateTimeField()


class StandingOut(serializers.Serializer[Standing]):
    """By how much the other recording begins later. `offset_ms` null: nobody knows. `source`: `hand`, `sound`, `clock`
    (nobody has checked it) or empty. `proposed_ms`: what `heard` says, while nobody has decided it."""

    recording = serializers.UUIDField(source="other.id")
    label = serializers.CharField(source="other.label")  # type: ignore[assignment] # a field, not the Field's own
    recorded_at = serializers.DateTimeField(source="other.recorded_at")
    duration_s = serializers.FloatField(source="other.duration_s", allow_null=True)
    offset_ms = serializers.IntegerField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment] # the same
    said = serializers.CharField()
    confidence_pct = serializers.IntegerField(allow_null=True)
    proposed_ms = serializers.IntegerField(source="proposal_ms", allow_null=True)
    heard = HeardOut(source="newest", allow_null=True)
    job = serializers.UUIDField(source="job.id", allow_null=True, default=None)


class ListenIn(serializers.Serializer[Any]):
    """`everywhere`: not only near what the clocks say."""

    everywhere = serializers.BooleanField(default=False)


class ListenOut(serializers.Serializer[Job]):
    """The job that listens: ask `href` how it goes."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    href = serializers.SerializerMethodField()

    def get_href(self, job: Job) -> str:
        """Where to ask."""
        return f"/api/v1/jobs/{job.pk}"


class SetIn(serializers.Serializer[Any]):
    """An offset by hand, and what it rests on."""

    offset_ms = serializers.IntegerField()
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class DecideIn(serializers.Serializer[Any]):
    """Yes or no to what the sound says."""

    is_accepted = serializers.BooleanField()
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class AlignmentList(APIView):
    """GET /api/v1/recordings/<id>/alignments"""

    @extend_schema(operation_id="recordings_alignments_list", responses=StandingOut(many=True))
    def get(self, request: Request, recording_id: UUID) -> Response:
        """What could show the same and may be watched by the asker, nearest in time first; how each stands to it."""
        who = who_asks(request)
        one = recording_for(who, recording_id, Right.WATCH)
        return Response([StandingOut(standing_of(one, other)).data for other in others_of(who, one)])


class AlignmentItem(APIView):
    """/api/v1/recordings/<id>/alignments/<other id>"""

    @extend_schema(responses=StandingOut)
    def get(self, request: Request, recording_id: UUID, other_id: UUID) -> Response:
        """How a pair stands."""
        one, other = pair_for(who_asks(request), recording_id, other_id)
        return Response(StandingOut(standing_of(one, other)).data)

    @extend_schema(request=ListenIn, responses={202: ListenOut})
    def post(self, request: Request, recording_id: UUID, other_id: UUID) -> Response:
        """Have the sound of the two held against each other; asking while that goes on gives the same job."""
        who = who_asks(request)
        one, other = pair_for(who, recording_id, other_id)
        given = ListenIn(data=request.data)
        given.is_valid(raise_exception=True)
        body = ListenOut(alignment_ask(who=who, one=one, other=other, **given.validated_data)).data
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": body["href"]})

    @extend_schema(request=SetIn, responses=StandingOut)
    def put(self, request: Request, recording_id: UUID, other_id: UUID) -> Response:
        """Set by hand by how much the other one begins later."""
        who = who_asks(request)
        one, other = pair_for(who, recording_id, other_id, Right.ANNOTATE)
        given = SetIn(data=request.data)
        given.is_valid(raise_exception=True)
        alignment_set(who=who, one=one, other=other, **given.validated_data)
        return Response(StandingOut(standing_of(one, other)).data)


class AlignmentDecision(APIView):
    """PUT /api/v1/recordings/<id>/alignments/<other id>/<alignment id>"""

    @extend_schema(operation_id="recordings_alignments_decide", request=DecideIn, responses=StandingOut)
    def put(self, request: Request, recording_id: UUID, other_id: UUID, alignment_id: UUID) -> Response:
        """Accept or refuse what the sound says."""
        who = who_asks(request)
        one, other = pair_for(who, recording_id, other_id, Right.ANNOTATE)
        given = DecideIn(data=request.data)
        given.is_valid(raise_exception=True)
        alignment_decide(who=who, alignment=proposal_for(one, other, alignment_id), **given.validated_data)
        return Response(StandingOut(standing_of(one, other)).data)
