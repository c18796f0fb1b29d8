"""Proposals to mute for programs: found in the transcript by rules, or wherever a phrase is said; yes or no to each.

HTTP only. Nothing is muted by itself: what is accepted goes into the asker's draft.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.editing.mute_forms import PHRASE_MAX
from evidence.editing.proposals import Proposal
from evidence.editing.queries import mutes_decided
from evidence.editing.services import mute_proposals_read, mutes_decide
from evidence.identity.authentication import who_asks
from evidence.recordings.hearing import ERROR_NOTE
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for

KEYS_MAX = 1_000
ANSWERS: Mapping[bool | None, str] = {None: "", True: "accepted", False: "refused"}


class WhereIn(serializers.Serializer[Any]):
    """Of which part (unless it is named, of all of it), and a phrase to be proposed wherever it is said."""

    part = serializers.IntegerField(min_value=1, allow_null=True, required=False, default=None)
    phrase = serializers.CharField(max_length=PHRASE_MAX, allow_blank=True, required=False, default="")


class MuteProposalOut(serializers.Serializer[Proposal]):
    """A stretch, a second wider on both sides than its words. `untrusted_said`: text out of a model, to be shown and
    never believed. `answer`: `accepted`, `refused` or empty."""

    key = serializers.CharField()
    rule = serializers.CharField()
    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()
    untrusted_said = serializers.CharField(source="said")
    answer = serializers.SerializerMethodField()

    def get_answer(self, row: Proposal) -> str:
        """What was said to it before, by whomever."""
        return ANSWERS[self.context["decided"].get(row.key)]


class MuteProposalsOut(serializers.Serializer[Any]):
    """`part`: whose times they have; null: those of the one time line of all parts. `note`: how far a transcript can be
    relied on."""

    part = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()
    proposals = MuteProposalOut(many=True)


class MutesDecideIn(WhereIn):
    """Keys of proposals, each in one of the two lists. `reason`: a code of reasons for covering, of each mute."""

    accept = serializers.ListField(child=serializers.CharField(max_length=60), max_length=KEYS_MAX, default=list)
    refuse = serializers.ListField(child=serializers.CharField(max_length=60), max_length=KEYS_MAX, default=list)
    reason = serializers.CharField(max_length=40)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nothing is both."""
        if set(attrs["accept"]) & set(attrs["refuse"]):
            raise serializers.ValidationError({"refuse": "A proposal cannot be accepted and refused at once."})
        return attrs

    def decisions(self) -> dict[str, bool]:
        """Yes or no by key. Call when valid."""
        given = self.validated_data
        return dict.fromkeys(given["accept"], True) | dict.fromkeys(given["refuse"], False)


class MutesDecidedOut(serializers.Serializer[Any]):
    """How many mutes are new in the asker's draft there."""

    added = serializers.IntegerField()


class MuteProposals(APIView):
    """/api/v1/recordings/<id>/mute-proposals"""

    @extend_schema(parameters=[WhereIn], responses=MuteProposalsOut)
    def get(self, request: Request, recording_id: UUID) -> Response:
        """The proposals in order of time. It reads the words, so it is an event as reading them is."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = WhereIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        part, phrase = given.validated_data["part"], given.validated_data["phrase"]
        found = mute_proposals_read(who=who, recording=recording, part=part, phrase=phrase)
        told = {"part": part, "note": ERROR_NOTE, "proposals": found}
        return Response(MuteProposalsOut(told, context={"decided": mutes_decided(recording, part)}).data)

    @extend_schema(request=MutesDecideIn, responses=MutesDecidedOut)
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Say yes or no to proposals; what is accepted is muted in the asker's draft, what is refused leaves it."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.EDIT)
        given = MutesDecideIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        added = mutes_decide(
            who=who, recording=recording, decisions=given.decisions(), reason=asked["reason"],
            phrase=asked["phrase"], part=asked["part"],
        )  # fmt: skip
        return Response(MutesDecidedOut({"added": added}).data)
