"""The second look for programs: asking for one, the list, what is said of each place, the signature. HTTP only.

A program names the list it speaks of by its SHA-256 when it signs; what it decides is of the look that counts.
"""

import base64
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.identity.authentication import who_asks
from evidence.recordings.models import Recording
from evidence.signoff.errors import LookMissing
from evidence.signoff.models import Decision, Look, LookState, Place, SignOff
from evidence.signoff.policy import Right
from evidence.signoff.queries import Listed, copy_for, listed, look_of
from evidence.signoff.services import look_ask, look_read, look_sign, place_decide, places_decide
from evidence.vault.errors import ObjectDestroyed, ObjectMissing, ObjectQuarantined
from evidence.vault.services import object_read

PLACES_MAX = 1_000


class PersonOut(serializers.Serializer[Any]):
    """Somebody of the force."""

    id = serializers.UUIDField()
    name = serializers.CharField(source="label")


class PlaceOut(serializers.Serializer[Place]):
    """Something that can still be seen in the copy.

    `frames` of the copy, from and up to; `start_ms` and `end_ms` as a player counts; `box` left, top, width and height
    on `box_frame`; `source_frame` of `source_file` is that frame in what the copy was made from. `score` from 0 to 1.
    `picture_jpeg`: base64, null where there is none. `decision`: acceptable, cover, or empty.
    """

    number = serializers.IntegerField()
    kind = serializers.CharField()
    found_by = serializers.CharField()
    score = serializers.SerializerMethodField()
    is_doubtful = serializers.BooleanField()
    frames = serializers.SerializerMethodField()
    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()
    box = serializers.ListField(child=serializers.IntegerField())
    box_frame = serializers.IntegerField()
    source_file = serializers.UUIDField(allow_null=True)
    source_frame = serializers.IntegerField(allow_null=True)
    picture_jpeg = serializers.SerializerMethodField(allow_null=True)
    decision = serializers.ChoiceField(["", *Decision.values])
    reason = serializers.CharField()
    decided_by = PersonOut(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)

    def get_score(self, place: Place) -> float:
        """As the detector gave it."""
        return place.score_permille / 1000

    def get_frames(self, place: Place) -> list[int]:
        """Half-open."""
        return [place.first_frame, place.end_frame]

    def get_picture_jpeg(self, place: Place) -> str | None:
        """Out of the vault."""
        content: bytes = self.context["pictures"][place.picture_start : place.picture_start + place.picture_bytes]
        return base64.b64encode(content).decode() if content else None


class SignOffOut(serializers.Serializer[SignOff]):
    """A signature."""

    signed_by = PersonOut()
    signed_at = serializers.DateTimeField()
    list_sha256 = serializers.CharField()
    watched_ms = serializers.IntegerField()
    note = serializers.CharField()


class LookOut(serializers.Serializer[Listed]):
    """A look and its list. `because`: why no detector looked. `list_sha256`: to be named when it is signed."""

    number = serializers.IntegerField(source="look.number")
    state = serializers.ChoiceField(LookState.choices, source="look.state")
    because = serializers.CharField(source="look.because")
    asked_at = serializers.DateTimeField(source="look.asked_at")
    finished_at = serializers.DateTimeField(source="look.finished_at", allow_null=True)
    job = serializers.UUIDField(source="look.job_id", allow_null=True)
    detectors = serializers.JSONField(source="look.detectors")
    findings = serializers.JSONField(source="look.findings")
    frames = serializers.IntegerField(source="look.frames")
    covered = serializers.IntegerField(source="look.covered")
    places = PlaceOut(many=True)
    list_sha256 = serializers.CharField(source="sha256")
    sign_off = SignOffOut(allow_null=True)


class PlaceIn(serializers.Serializer[Any]):
    """What is said of a place. `reason` is needed where it is acceptable."""

    decision = serializers.ChoiceField(Decision.choices)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class PlacesIn(PlaceIn):
    """What is said of several places alike, by their numbers."""

    places = serializers.ListField(child=serializers.IntegerField(), max_length=PLACES_MAX)


class SignIn(serializers.Serializer[Any]):
    """The signature. `has_watched`: the signer watched the whole copy."""

    list_sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")
    has_watched = serializers.BooleanField()
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class LookItem(APIView):
    """/api/v1/recordings/<id>/look-again"""

    @extend_schema(responses=LookOut)
    def get(self, request: Request, recording_id: UUID) -> Response:
        """The list that counts, with pictures; reading it goes on record."""
        who = who_asks(request)
        return _told(look_read(who=who, look=_look(copy_for(who, recording_id))))

    @extend_schema(request=None, responses={202: LookOut})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Have the copy looked at again."""
        who = who_asks(request)
        look = look_ask(who=who, copy=copy_for(who, recording_id, Right.ASK))
        return _told(listed(look), status.HTTP_202_ACCEPTED)


class PlaceItem(APIView):
    """PUT /api/v1/recordings/<id>/look-again/places/<number>"""

    @extend_schema(request=PlaceIn, responses=LookOut)
    def put(self, request: Request, recording_id: UUID, number: int) -> Response:
        """Say of a place that it is acceptable, or must be redacted; answers with the list as it is then."""
        who = who_asks(request)
        look = _look(copy_for(who, recording_id, Right.DECIDE))
        given = PlaceIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        place_decide(
            who=who, look=look, number=number, decision=Decision(asked["decision"]), reason=asked["reason"]
        )  # fmt: skip
        return _told(look_read(who=who, look=look))


class PlaceList(APIView):
    """PUT /api/v1/recordings/<id>/look-again/places"""

    @extend_schema(operation_id="recordings_look_again_places_update_several", request=PlacesIn, responses=LookOut)
    def put(self, request: Request, recording_id: UUID) -> Response:
        """Say the same of several places, all of them or none; answers with the list as it is then."""
        who = who_asks(request)
        look = _look(copy_for(who, recording_id, Right.DECIDE))
        given = PlacesIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        places_decide(
            who=who, look=look, numbers=asked["places"], decision=Decision(asked["decision"]), reason=asked["reason"]
        )
        return _told(look_read(who=who, look=look))


class SignOffItem(APIView):
    """POST /api/v1/recordings/<id>/look-again/sign-off"""

    @extend_schema(request=SignIn, responses={201: SignOffOut})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Sign the list: by somebody who did not make the copy."""
        who = who_asks(request)
        look = _look(copy_for(who, recording_id, Right.SIGN))
        given = SignIn(data=request.data)
        given.is_valid(raise_exception=True)
        signed = look_sign(who=who, look=look, **given.validated_data)
        return Response(SignOffOut(signed).data, status=status.HTTP_201_CREATED)


def _look(copy: Recording) -> Look:
    look = look_of(copy)
    if look is None:
        raise LookMissing
    return look


def _told(told: Listed, code: int = status.HTTP_200_OK) -> Response:
    return Response(LookOut(told, context={"pictures": _pictures(told.look)}).data, status=code)


def _pictures(look: Look) -> bytes:
    """All pictures of a list; none where they cannot be had: the list goes without them."""
    if look.pictures is None:
        return b""
    try:
        return b"".join(object_read(look.pictures, 0, look.pictures.size_bytes))
    except (ObjectDestroyed, ObjectMissing, ObjectQuarantined):
        return b""
