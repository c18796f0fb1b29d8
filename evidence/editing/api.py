"""The editing API: orders for working copies, and the draft a person is drawing. HTTP in, HTTP out.

An order answers 202 with the address of its job; the same `Idempotency-Key` sent again gives the same job.
"""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.editing.drawing import EMPTY
from evidence.editing.models import Draft
from evidence.editing.queries import draft_of
from evidence.editing.services import (
    clip_request,
    draft_discard,
    draft_save,
    redaction_request,
    salvage_request,
    sheet_request,
    still_request,
    transcode_request,
)
from evidence.editing.stretches import Edge, Stretch
from evidence.editing.written import TIMES, Written
from evidence.http.idempotency import idempotency_key
from evidence.identity.authentication import who_asks
from evidence.jobs.models import Job
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for
from workers.media.sheet_report import MOST_FRAMES, USUAL_FRAMES

SECONDS_MAX = 10_000_000


class SegmentIn(serializers.Serializer[Any]):
    """A stretch: by frames or by seconds, or one of each; the end is not included."""

    start_frame = serializers.IntegerField(required=False)
    end_frame = serializers.IntegerField(required=False)
    start_s = serializers.FloatField(required=False, min_value=-SECONDS_MAX, max_value=SECONDS_MAX)
    end_s = serializers.FloatField(required=False, min_value=-SECONDS_MAX, max_value=SECONDS_MAX)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each end is said once."""
        return {"stretch": Stretch(_edge(attrs, "start_frame", "start_s"), _edge(attrs, "end_frame", "end_s"))}


def _edge(given: dict[str, Any], frame: str, seconds: str) -> Edge:
    if (frame in given) == (seconds in given):
        raise serializers.ValidationError({frame: f"Give {frame} or {seconds}, one of them."})
    return Edge(frame=given[frame]) if frame in given else Edge.at_s(given[seconds])


class OrderIn(serializers.Serializer[Any]):
    """What every order says. `part` null or left out: frames and seconds run on through all parts of the recording."""

    reason = serializers.CharField(max_length=500, allow_blank=True, default="")
    part = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)


class OverlayIn(serializers.Serializer[Any]):
    """What is written on every picture. `time`: `none`, `recording` (since it began) or `clock` (UTC)."""

    caption = serializers.CharField(max_length=120, allow_blank=True, default="")
    viewer = serializers.CharField(max_length=120, allow_blank=True, default="")
    time = serializers.ChoiceField(choices=TIMES, default="none")


class WrittenIn(OrderIn):
    """What can be written on."""

    overlay = OverlayIn(required=False)

    def written(self) -> Written:
        """What goes on every picture. Call when valid."""
        return Written(**self.validated_data.get("overlay", {}))


class WayIn(WrittenIn):
    """What can be made in two ways. `compatible`: all encoded anew, for any player; false: what is not touched copied
    bit for bit; null or left out: as the force has it for this kind."""

    compatible = serializers.BooleanField(required=False, allow_null=True, default=None)


class ClipIn(WayIn):
    """A clip."""

    segments = SegmentIn(many=True, allow_empty=True)


class RedactionIn(WayIn):
    """A redaction: a draft of version 1, whole under `draft` or its parts side by side."""

    draft = serializers.JSONField(required=False)
    v = serializers.JSONField(required=False)
    tracks = serializers.JSONField(required=False)
    mutes = serializers.JSONField(required=False)
    frames = serializers.JSONField(required=False)
    segments = serializers.JSONField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A part that is skipped in silence would leave somebody's face in the picture."""
        given = set(self.initial_data) - {"reason", "part", "compatible", "overlay"}
        unknown = given - {"draft", *EMPTY}
        if unknown:
            raise serializers.ValidationError({name[:40]: "A redaction has no such part." for name in sorted(unknown)})
        if "draft" in given and len(given) > 1:
            raise serializers.ValidationError({"draft": "Give the whole draft, or its parts side by side, not both."})
        return attrs

    def drawing(self) -> Any:
        """The draft. Call when valid."""
        given = self.validated_data
        return given["draft"] if "draft" in given else {name: given[name] for name in EMPTY if name in given}


class StillIn(WrittenIn):
    """A still: by frame or by seconds."""

    frame = serializers.IntegerField(required=False)
    at_s = serializers.FloatField(required=False, min_value=-SECONDS_MAX, max_value=SECONDS_MAX)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The moment is said once."""
        moment = _edge(attrs, "frame", "at_s")
        return {"reason": attrs["reason"], "part": attrs["part"], "moment": moment, "overlay": attrs.get("overlay", {})}


class JobAsked(serializers.Serializer[Job]):
    """The job that makes the copy: ask `href` how it goes. `result.recording` is the copy, once there is one."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.CharField()
    href = serializers.SerializerMethodField()

    def get_href(self, job: Job) -> str:
        """Where to ask."""
        return f"/api/v1/jobs/{job.pk}"


def _accepted(job: Job) -> Response:
    body = JobAsked(job).data
    return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": body["href"]})


class ClipList(APIView):
    """POST /api/v1/recordings/<id>/clips"""

    @extend_schema(request=ClipIn, responses={202: JobAsked})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have stretches cut out."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = ClipIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        return _accepted(clip_request(
            who=who, recording=recording, stretches=[row["stretch"] for row in asked["segments"]],
            reason=asked["reason"], part=asked["part"], request_key=idempotency_key(request),
            compatible=asked["compatible"], written=given.written(),
        ))  # fmt: skip


class RedactionList(APIView):
    """POST /api/v1/recordings/<id>/redactions"""

    @extend_schema(request=RedactionIn, responses={202: JobAsked})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have things covered and muted."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = RedactionIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        return _accepted(redaction_request(
            who=who, recording=recording, draft=given.drawing(), reason=asked["reason"], part=asked["part"],
            request_key=idempotency_key(request), compatible=asked["compatible"], written=given.written(),
        ))  # fmt: skip


class StillList(APIView):
    """POST /api/v1/recordings/<id>/stills"""

    @extend_schema(request=StillIn, responses={202: JobAsked})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have one frame kept as a picture."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = StillIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        return _accepted(
            still_request(
                who=who, recording=recording, moment=asked["moment"], reason=asked["reason"], part=asked["part"],
                request_key=idempotency_key(request), written=given.written(),
            )
        )  # fmt: skip


class TranscodeList(APIView):
    """POST /api/v1/recordings/<id>/transcodes"""

    @extend_schema(request=OrderIn, responses={202: JobAsked})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have a plain MP4 made."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = OrderIn(data=request.data)
        given.is_valid(raise_exception=True)
        return _accepted(
            transcode_request(
                who=who, recording=recording, request_key=idempotency_key(request), **given.validated_data
            )
        )


class SheetIn(OrderIn):
    """A contact sheet."""

    count = serializers.IntegerField(min_value=1, max_value=MOST_FRAMES, default=USUAL_FRAMES)


class SheetList(APIView):
    """POST /api/v1/recordings/<id>/sheets"""

    @extend_schema(request=SheetIn, responses={202: JobAsked})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have a contact sheet made."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = SheetIn(data=request.data)
        given.is_valid(raise_exception=True)
        return _accepted(
            sheet_request(who=who, recording=recording, request_key=idempotency_key(request), **given.validated_data)
        )


class SalvageList(APIView):
    """POST /api/v1/recordings/<id>/salvages"""

    @extend_schema(request=OrderIn, responses={202: JobAsked})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have a copy put together from a part that lost its index."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = OrderIn(data=request.data)
        given.is_valid(raise_exception=True)
        return _accepted(
            salvage_request(who=who, recording=recording, request_key=idempotency_key(request), **given.validated_data)
        )


class DraftOut(serializers.Serializer[Draft]):
    """What was drawn so far. `saved_at` UTC; null where nothing was saved."""

    content = serializers.JSONField()
    saved_at = serializers.DateTimeField(allow_null=True)


class PartIn(serializers.Serializer[Any]):
    """Which part of the recording; left out: all of it."""

    part = serializers.IntegerField(min_value=1, required=False, default=None)


class DraftItem(APIView):
    """/api/v1/recordings/<id>/draft"""

    @extend_schema(parameters=[PartIn], responses=DraftOut)
    def get(self, request: Request, recording_id: UUID) -> Response:
        """The asker's own draft; an empty one where there is none."""
        who = who_asks(request)
        draft = draft_of(who, recording_for(who, recording_id, Right.EDIT), _part(request))
        return Response(DraftOut(draft).data if draft is not None else {"content": EMPTY, "saved_at": None})

    @extend_schema(parameters=[PartIn], request=dict, responses=DraftOut)
    def put(self, request: Request, recording_id: UUID) -> Response:
        """Keep this draft (version 1, the whole of it) in place of the one before."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        draft = draft_save(who=who, recording=recording, content=request.data, part=_part(request))
        return Response(DraftOut(draft).data)

    @extend_schema(parameters=[PartIn], responses={204: None})
    def delete(self, request: Request, recording_id: UUID) -> Response:
        """Throw it away."""
        who = who_asks(request)
        draft_discard(who=who, recording=recording_for(who, recording_id, Right.EDIT), part=_part(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _part(request: Request) -> int | None:
    given = PartIn(data=request.query_params)
    given.is_valid(raise_exception=True)
    part: int | None = given.validated_data["part"]
    return part
