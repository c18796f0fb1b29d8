"""The recordings API: HTTP in, HTTP out. Rules live in services, who-may in policy."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.http.errors import AppError
from evidence.http.pagination import cursor_page
from evidence.identity.authentication import who_asks
from evidence.recordings.errors import EditConflict
from evidence.recordings.media_views import cookie_set, file_response, media_path
from evidence.recordings.models import Category, Kind, Recording, RecordingFile, State
from evidence.recordings.policy import Right
from evidence.recordings.queries import WAITING, Criteria, copies_of, marker_of, markers_of, recording_for, search
from evidence.recordings.reasons import CODES
from evidence.recordings.reel import reel_rows
from evidence.recordings.services.download import download_name, file_download, may_still_download
from evidence.recordings.services.notes import details_change, marker_add, marker_remove, note_add
from evidence.recordings.services.playback import playback_open
from evidence.recordings.streaming import answer_while


class FileOut(serializers.ModelSerializer[RecordingFile]):
    """A file of a recording. `size_bytes` in bytes, `sha256` hex."""

    sha256 = serializers.CharField()
    size_bytes = serializers.IntegerField()

    class Meta:
        model = RecordingFile
        fields = ["id", "role", "part", "media_type", "untrusted_filename", "sha256", "size_bytes"]


class RecordingOut(serializers.ModelSerializer[Recording]):
    """A recording in a list. Times UTC, `duration_s` seconds."""

    officer = serializers.CharField(source="officer.label", default=None)
    unit = serializers.CharField(source="unit.name", default=None)
    camera = serializers.CharField(source="camera.serial", default=None)
    category = serializers.CharField(source="category.name", default=None)
    made_by = serializers.CharField(source="made_by.label", default=None)

    class Meta:
        model = Recording
        fields = [
            "id", "kind", "title", "state", "state_reason", "recorded_at", "recorded_at_source", "received_at",
            "sealed_at", "playable_at", "duration_s", "width", "height", "has_audio", "officer", "unit", "camera",
            "category", "incident_ref", "is_restricted", "is_flagged", "flag_reason", "parent", "parent_sha256",
            "recipe_sha256", "made_by", "reason", "version",
        ]  # fmt: skip


class RecordingDetail(RecordingOut):
    """A recording with its files, recipe and statement."""

    files = serializers.SerializerMethodField()

    class Meta(RecordingOut.Meta):
        fields = [*RecordingOut.Meta.fields, "files", "recipe", "statement"]

    def get_files(self, recording: Recording) -> list[dict[str, Any]]:
        """Original files, then what was derived from them."""
        rows = recording.files.select_related("stored").order_by("part", "created_at")
        return [dict(item) for item in FileOut(rows, many=True).data]


class SearchIn(serializers.Serializer[Any]):
    """Filters of the list."""

    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    kind = serializers.ChoiceField(Kind.choices, required=False, default="")
    state = serializers.ChoiceField(State.choices, required=False, default="")
    category = serializers.UUIDField(required=False, default=None)
    officer = serializers.UUIDField(required=False, default=None)
    from_at = serializers.DateTimeField(required=False, default=None)
    until_at = serializers.DateTimeField(required=False, default=None)
    waits = serializers.ChoiceField(list(WAITING), required=False, default="")
    is_untagged = serializers.BooleanField(required=False, default=False)


class RecordingList(APIView):
    """GET /api/v1/recordings"""

    @extend_schema(parameters=[SearchIn], responses=RecordingOut(many=True))
    def get(self, request: Request) -> Response:
        """Recordings the asker may know of, newest first; follow `next`."""
        given = SearchIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        rows = search(who_asks(request), Criteria(**given.validated_data))
        return cursor_page(request, rows, field="recorded_at", serializer=RecordingOut)


class DetailsIn(serializers.Serializer[Any]):
    """What can be changed; absent fields stay."""

    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.all(), allow_null=True, required=False)
    title = serializers.CharField(max_length=120, allow_blank=True, required=False)
    incident_ref = serializers.CharField(max_length=80, allow_blank=True, required=False)


class RecordingItem(APIView):
    """/api/v1/recordings/<id>"""

    @extend_schema(responses=RecordingDetail)
    def get(self, request: Request, recording_id: UUID) -> Response:
        """One recording; the ETag is its version."""
        recording = recording_for(who_asks(request), recording_id)
        return Response(RecordingDetail(recording).data, headers={"ETag": f'"{recording.version}"'})

    @extend_schema(request=DetailsIn, responses=RecordingDetail)
    def patch(self, request: Request, recording_id: UUID) -> Response:
        """Change category, title or incident; `If-Match` names the version that was read."""
        who = who_asks(request)
        recording = recording_for(who, recording_id)
        given = DetailsIn(data=request.data)
        given.is_valid(raise_exception=True)
        read = {name: getattr(recording, name) for name in ("category", "title", "incident_ref")}
        facts = {**read, **given.validated_data}
        changed = details_change(who=who, recording=recording, version=_if_match(request), **facts)
        return Response(RecordingDetail(changed).data, headers={"ETag": f'"{changed.version}"'})


def _if_match(request: Request) -> int:
    text = request.headers.get("If-Match", "").strip().strip('"')
    if not text:
        error = AppError("Send If-Match with the ETag you read, so that nobody's change is overwritten.")
        error.status, error.code, error.title = status.HTTP_428_PRECONDITION_REQUIRED, "if-match-missing", "ETag needed"
        raise error
    if not text.isdigit():
        raise EditConflict
    return int(text)


class CopyList(APIView):
    """GET /api/v1/recordings/<id>/copies"""

    @extend_schema(responses=RecordingOut(many=True))
    def get(self, request: Request, recording_id: UUID) -> Response:
        """Working copies made from it."""
        who = who_asks(request)
        return Response(RecordingOut(copies_of(who, recording_for(who, recording_id)), many=True).data)


class PlaybackIn(serializers.Serializer[Any]):
    """Why it is opened: a code of the list, a text, or both."""

    reason_code = serializers.ChoiceField(sorted(CODES), required=False, default="")
    reason_text = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class PlaybackList(APIView):
    """POST /api/v1/recordings/<id>/playbacks"""

    @extend_schema(request=PlaybackIn, responses={201: dict})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Open a recording. The answer sets the cookie under which its bytes are served."""
        who = who_asks(request)
        recording = recording_for(who, recording_id)
        given = PlaybackIn(data=request.data)
        given.is_valid(raise_exception=True)
        opened = playback_open(who=who, recording=recording, **given.validated_data)
        base = media_path(opened.session.id)
        body = {
            "id": opened.session.id, "expires_at": opened.session.expires_at, "video": f"{base}video",
            "index": f"{base}index", "storyboard": f"{base}storyboard", "storyboard_map": f"{base}storyboard-map",
            "waveform": f"{base}waveform", "watched": f"{base}watched", "close": f"{base}close",
            **reel_rows(recording, opened.session),
        }  # fmt: skip
        response = Response(body, status=status.HTTP_201_CREATED)
        cookie_set(response, opened, base)
        return response


class MarkerIn(serializers.Serializer[Any]):
    """A marker: `at_s` seconds from the start."""

    at_s = serializers.FloatField()
    frame = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0)
    text = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class MarkerList(APIView):
    """/api/v1/recordings/<id>/markers"""

    @extend_schema(responses={200: dict})
    def get(self, request: Request, recording_id: UUID) -> Response:
        """Markers in time order."""
        recording = recording_for(who_asks(request), recording_id, Right.WATCH)
        return Response([
            {"id": marker.id, "at_s": marker.at_s, "frame": marker.frame, "text": marker.text, "source": marker.source}
            for marker in markers_of(recording)
        ])  # fmt: skip

    @extend_schema(request=MarkerIn, responses={201: dict})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Put a marker."""
        who = who_asks(request)
        given = MarkerIn(data=request.data)
        given.is_valid(raise_exception=True)
        marker = marker_add(who=who, recording=recording_for(who, recording_id), **given.validated_data)
        body = {"id": marker.id, "at_s": marker.at_s, "frame": marker.frame, "text": marker.text}
        return Response(body, status=status.HTTP_201_CREATED)


class NoteIn(serializers.Serializer[Any]):
    """A note."""

    text = serializers.CharField(max_length=4000)


class NoteList(APIView):
    """/api/v1/recordings/<id>/notes"""

    @extend_schema(responses={200: dict})
    def get(self, request: Request, recording_id: UUID) -> Response:
        """Notes, oldest first."""
        recording = recording_for(who_asks(request), recording_id, Right.WATCH)
        return Response([
            {"id": note.id, "text": note.text, "made_by": note.made_by.label, "created_at": note.created_at}
            for note in recording.notes.select_related("made_by")
        ])  # fmt: skip

    @extend_schema(request=NoteIn, responses={201: dict})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Write a note."""
        who = who_asks(request)
        given = NoteIn(data=request.data)
        given.is_valid(raise_exception=True)
        note = note_add(who=who, recording=recording_for(who, recording_id), text=given.validated_data["text"])
        return Response({"id": note.id, "text": note.text}, status=status.HTTP_201_CREATED)


class MarkerItem(APIView):
    """DELETE /api/v1/recordings/<id>/markers/<marker>"""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, recording_id: UUID, marker_id: UUID) -> Response:
        """Take a marker away; removing it twice removes it once."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.ANNOTATE)
        marker_remove(who=who, marker=marker_of(recording, marker_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DownloadIn(serializers.Serializer[Any]):
    """Which file: empty `role` is the sealed original or working copy."""

    role = serializers.ChoiceField(["", "proxy"], required=False, default="")
    part = serializers.IntegerField(required=False, default=1, min_value=1)


class Download(APIView):
    """GET /api/v1/recordings/<id>/download"""

    @extend_schema(responses={200: bytes})
    def get(self, request: Request, recording_id: UUID) -> HttpResponseBase:
        """The sealed bytes (`?role=proxy`: the proxy), whole or by range; each request is an event. They break off when
        the right to them ends."""
        who = who_asks(request)
        recording = recording_for(who, recording_id)
        given = DownloadIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        file = file_download(who=who, recording=recording, **given.validated_data)
        answer = file_response(request._request, file, filename=download_name(recording, file))
        return answer_while(answer, lambda: may_still_download(who, recording))
