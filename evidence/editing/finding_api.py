"""The finding API: looks for faces and plates with what they found, and drawn boxes followed. HTTP in, HTTP out.

What was found is told in frames, piece by piece, in the form in which a draft's track takes it (`samples`).
"""

from dataclasses import asdict
from typing import Any, get_args
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.editing.detectors import USUAL
from evidence.editing.models import Detection, Draft
from evidence.editing.queries import detection_for, detections_of, following_for, proposals_of, standing_of
from evidence.editing.reasons import COVER_REASONS
from evidence.editing.services import Drawn, detection_cancel, detection_request, finds_take, follow_request
from evidence.http.idempotency import idempotency_key
from evidence.identity.authentication import who_asks
from evidence.jobs.models import Job
from evidence.jobs.words import job_words
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for
from workers.media.recipe_model import TrackEffect, TrackKind


class TakenOut(serializers.Serializer[Draft]):
    """The draft that finds went into. `saved_at` UTC."""

    content = serializers.JSONField()
    saved_at = serializers.DateTimeField()


class PartIn(serializers.Serializer[Any]):
    """Which part of the recording."""

    part = serializers.IntegerField(min_value=1, default=1)


class DetectionIn(PartIn):
    """What to look for. `detectors`: names as the page offers them; left out: faces."""

    detectors = serializers.ListField(
        child=serializers.CharField(max_length=64), default=list(USUAL), allow_empty=True, max_length=8
    )
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class DetectionOut(serializers.Serializer[Any]):
    """How a look stands. `state`: live, done, failed or cancelled. `stretches`: what is `is_ready` can be used now."""

    id = serializers.UUIDField()
    part = serializers.IntegerField()
    asked = serializers.ListField(child=serializers.CharField(), source="names")
    detectors = serializers.JSONField()
    state = serializers.CharField()
    words = serializers.CharField()
    job = serializers.UUIDField(source="job_id", allow_null=True)
    stretches = serializers.JSONField()
    ready = serializers.IntegerField()
    href = serializers.CharField()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Detection) -> dict[str, Any]:
        """With how it stands now."""
        standing = standing_of(instance)
        names = ("first_frame", "end_frame", "is_ready")
        return {
            "id": str(instance.pk), "part": instance.part, "asked": instance.names, "detectors": instance.detectors,
            "state": standing.state, "words": standing.words, "job": instance.job_id and str(instance.job_id),
            "stretches": [dict(zip(names, row, strict=True)) for row in standing.stretches],
            "ready": standing.ready, "href": f"/api/v1/recordings/{instance.recording_id}/detections/{instance.pk}",
            "asked_at": instance.asked_at, "finished_at": instance.finished_at,
        }  # fmt: skip


class DetectionList(APIView):
    """/api/v1/recordings/<id>/detections"""

    @extend_schema(parameters=[PartIn], responses=DetectionOut(many=True))
    def get(self, request: Request, recording_id: UUID) -> Response:
        """All looks through a part, the one last asked for first."""
        who = who_asks(request)
        given = PartIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        rows = detections_of(who, recording_for(who, recording_id, Right.EDIT), given.validated_data["part"])
        return Response(DetectionOut(rows, many=True).data)

    @extend_schema(request=DetectionIn, responses={200: DetectionOut, 202: DetectionOut})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have it looked through: 202; 200 where the same detectors looked through it before."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = DetectionIn(data=request.data)
        given.is_valid(raise_exception=True)
        detection = detection_request(who=who, recording=recording, **given.validated_data)
        body = DetectionOut(detection).data
        code = status.HTTP_200_OK if detection.finished_at else status.HTTP_202_ACCEPTED
        return Response(body, status=code, headers={"Location": body["href"]})


class DetectionItem(APIView):
    """GET /api/v1/recordings/<id>/detections/<detection>"""

    @extend_schema(responses=DetectionOut)
    def get(self, request: Request, recording_id: UUID, detection_id: UUID) -> Response:
        """How it stands; ask every two seconds, no oftener."""
        who = who_asks(request)
        detection = detection_for(who, recording_for(who, recording_id, Right.EDIT), detection_id)
        return Response(DetectionOut(detection).data)


class DetectionTracks(APIView):
    """GET /api/v1/recordings/<id>/detections/<detection>/tracks"""

    @extend_schema(responses=dict)
    def get(self, request: Request, recording_id: UUID, detection_id: UUID) -> Response:
        """What was found so far: proposals, each with its pieces as a draft's `found` and `samples` name them."""
        who = who_asks(request)
        detection = detection_for(who, recording_for(who, recording_id, Right.EDIT), detection_id)
        return Response({"tracks": [asdict(each) for each in proposals_of(detection)]})


class DetectionCancel(APIView):
    """POST /api/v1/recordings/<id>/detections/<detection>/cancel"""

    @extend_schema(request=None, responses={202: DetectionOut})
    def post(self, request: Request, recording_id: UUID, detection_id: UUID) -> Response:
        """Stop it; what was found stays. 409 when it is over."""
        who = who_asks(request)
        detection = detection_for(who, recording_for(who, recording_id, Right.EDIT), detection_id)
        detection_cancel(who=who, detection=detection)
        detection.refresh_from_db()
        return Response(DetectionOut(detection).data, status=status.HTTP_202_ACCEPTED)


class TakeIn(serializers.Serializer[Any]):
    """Which finds (ids of proposals; left out: all that are not in the draft yet), and what is done with them."""

    tracks = serializers.ListField(child=serializers.CharField(max_length=60), required=False, allow_empty=False)
    effect = serializers.ChoiceField(choices=get_args(TrackEffect), default="solid")
    reason = serializers.ChoiceField(choices=COVER_REASONS)


class DetectionTake(APIView):
    """POST /api/v1/recordings/<id>/detections/<detection>/take"""

    @extend_schema(request=TakeIn, responses=TakenOut)
    def post(self, request: Request, recording_id: UUID, detection_id: UUID) -> Response:
        """Put finds into the asker's draft, to be covered, or with `none` to be left visible on record."""
        who = who_asks(request)
        detection = detection_for(who, recording_for(who, recording_id, Right.EDIT), detection_id)
        given = TakeIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        draft = finds_take(
            who=who, detection=detection, effect=asked["effect"], reason=asked["reason"], chosen=asked.get("tracks")
        )
        return Response(TakenOut(draft).data)


class FollowIn(PartIn):
    """A box drawn on a frame, in shown pixels; `from_frame` to `end_frame` (exclusive) says how far, else a minute."""

    frame = serializers.IntegerField()
    x = serializers.IntegerField(min_value=-100_000, max_value=100_000)
    y = serializers.IntegerField(min_value=-100_000, max_value=100_000)
    w = serializers.IntegerField(min_value=1, max_value=100_000)
    h = serializers.IntegerField(min_value=1, max_value=100_000)
    kind = serializers.ChoiceField(choices=get_args(TrackKind), default="other")
    from_frame = serializers.IntegerField(required=False, allow_null=True, default=None)
    end_frame = serializers.IntegerField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class FollowOut(serializers.Serializer[Job]):
    """How a following stands. When `state` is succeeded: `runs` (`start`, `end`, `rows` as `samples`) and `lost`."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    words = serializers.CharField()
    href = serializers.CharField()
    runs = serializers.JSONField()
    lost = serializers.JSONField()

    def to_representation(self, instance: Job) -> dict[str, Any]:
        """With what came of it."""
        return {
            "id": str(instance.pk), "state": instance.state, "words": job_words(instance),
            "href": f"/api/v1/recordings/{instance.subject_id}/follows/{instance.pk}",
            "runs": instance.result.get("runs", []), "lost": instance.result.get("lost", []),
        }  # fmt: skip


class FollowList(APIView):
    """POST /api/v1/recordings/<id>/follows"""

    @extend_schema(request=FollowIn, responses={202: FollowOut})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have a drawn box followed."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = FollowIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        drawn = Drawn(asked["frame"], (asked["x"], asked["y"], asked["w"], asked["h"]), asked["kind"])
        job = follow_request(
            who=who, recording=recording, drawn=drawn, span=(asked["from_frame"], asked["end_frame"]),
            part=asked["part"], reason=asked["reason"], request_key=idempotency_key(request),
        )  # fmt: skip
        body = FollowOut(job).data
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": body["href"]})


class FollowItem(APIView):
    """GET /api/v1/recordings/<id>/follows/<job>"""

    @extend_schema(responses=FollowOut)
    def get(self, request: Request, recording_id: UUID, job_id: UUID) -> Response:
        """How it goes, and where the box was seen and lost; one's own only."""
        who = who_asks(request)
        return Response(FollowOut(following_for(who, recording_for(who, recording_id, Right.EDIT), job_id)).data)
