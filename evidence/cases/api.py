"""The cases API: cases, their people and exhibits. HTTP in, HTTP out."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.cases.models import Case, CaseMember
from evidence.cases.policy import Right
from evidence.cases.queries import (
    ExhibitShown,
    case_for,
    cases,
    exhibit_for,
    exhibits_shown,
    member_of,
    members_of,
    recordings_known,
)
from evidence.cases.services import case_open, exhibit_produce, exhibit_withdraw, member_add, member_remove
from evidence.http.pagination import cursor_page
from evidence.identity.authentication import who_asks
from evidence.identity.models import Person
from evidence.identity.people import serving
from evidence.identity.who import Who
from evidence.recordings.queries import recording_for


class CaseOut(serializers.ModelSerializer[Case]):
    """A case. Times UTC."""

    officer_in_case_name = serializers.CharField(source="officer_in_case.label")

    class Meta:
        model = Case
        fields = ["id", "urn", "title", "officer_in_case", "officer_in_case_name", "opened_at", "closed_at", "version"]


class CaseIn(serializers.Serializer[Any]):
    """A new case; without an officer in the case it is the asker's own."""

    urn = serializers.CharField(max_length=30)
    title = serializers.CharField(max_length=160)
    officer_in_case = serializers.PrimaryKeyRelatedField(queryset=serving(), required=False, default=None)


class MemberOut(serializers.ModelSerializer[CaseMember]):
    """Somebody on a case."""

    name = serializers.CharField(source="person.label")

    class Meta:
        model = CaseMember
        fields = ["id", "person", "name", "added_at", "removed_at"]


class MemberIn(serializers.Serializer[Any]):
    """Somebody to be put on a case."""

    person = serializers.PrimaryKeyRelatedField(queryset=serving())


class ExhibitIn(serializers.Serializer[Any]):
    """A recording to be made an exhibit. `producer`: the asker, where left out; `statement_on`: today."""

    recording = serializers.UUIDField()
    producer = serializers.PrimaryKeyRelatedField(queryset=Person.objects.all(), required=False, default=None)
    description = serializers.CharField(max_length=300)
    statement_on = serializers.DateField(required=False, default=None)


class WithdrawIn(serializers.Serializer[Any]):
    """Why it is withdrawn."""

    reason = serializers.CharField(max_length=300)


def exhibit_body(shown: ExhibitShown) -> dict[str, Any]:
    """An exhibit; what it is stays empty for those who may not know of its recording."""
    exhibit = shown.exhibit
    return {
        "id": exhibit.id, "case": exhibit.case_id, "reference": exhibit.reference, "producer": exhibit.producer_id,
        "producer_name": exhibit.producer.full_name, "produced_at": exhibit.produced_at,
        "withdrawn_at": exhibit.withdrawn_at, "label": exhibit.label_text, "statement_on": exhibit.statement_on,
        "recording": exhibit.recording_id if shown.may_know else None,
        "description": exhibit.description if shown.may_know else None,
        "withdrawn_reason": exhibit.withdrawn_reason if shown.may_know else None,
    }  # fmt: skip


class CaseList(APIView):
    """/api/v1/cases"""

    @extend_schema(responses=CaseOut(many=True))
    def get(self, request: Request) -> Response:
        """Cases the asker may know of, newest first; `?q=` searches URN and title; follow `next`."""
        rows = cases(who_asks(request), request.query_params.get("q", ""))
        return cursor_page(request, rows, field="opened_at", serializer=CaseOut)

    @extend_schema(request=CaseIn, responses={201: CaseOut})
    def post(self, request: Request) -> Response:
        """Open a case."""
        who = who_asks(request)
        given = CaseIn(data=request.data)
        given.is_valid(raise_exception=True)
        facts = given.validated_data
        officer = facts.pop("officer_in_case") or _self(who)
        case = case_open(who=who, officer_in_case=officer, **facts)
        return Response(CaseOut(case).data, status=status.HTTP_201_CREATED)


def _self(who: Who) -> Person:
    return Person.objects.get(pk=who.person_id)


class CaseItem(APIView):
    """GET /api/v1/cases/<id>"""

    @extend_schema(responses=CaseOut)
    def get(self, request: Request, case_id: UUID) -> Response:
        """One case."""
        return Response(CaseOut(case_for(who_asks(request), case_id)).data)


class MemberList(APIView):
    """/api/v1/cases/<id>/members"""

    @extend_schema(responses=MemberOut(many=True))
    def get(self, request: Request, case_id: UUID) -> Response:
        """Who is on it."""
        return Response(MemberOut(members_of(case_for(who_asks(request), case_id)), many=True).data)

    @extend_schema(request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, case_id: UUID) -> Response:
        """Put somebody on it."""
        who = who_asks(request)
        case = case_for(who, case_id, Right.CHANGE)
        given = MemberIn(data=request.data)
        given.is_valid(raise_exception=True)
        member = member_add(who=who, case=case, person=given.validated_data["person"])
        return Response(MemberOut(member).data, status=status.HTTP_201_CREATED)


class MemberItem(APIView):
    """DELETE /api/v1/cases/<id>/members/<id>"""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, case_id: UUID, member_id: UUID) -> Response:
        """Take somebody off it."""
        who = who_asks(request)
        member_remove(who=who, member=member_of(case_for(who, case_id, Right.CHANGE), member_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExhibitList(APIView):
    """/api/v1/cases/<id>/exhibits"""

    @extend_schema(responses={200: dict})
    def get(self, request: Request, case_id: UUID) -> Response:
        """Its exhibits by reference, withdrawn ones too."""
        who = who_asks(request)
        return Response([exhibit_body(shown) for shown in exhibits_shown(who, case_for(who, case_id))])

    @extend_schema(request=ExhibitIn, responses={201: dict})
    def post(self, request: Request, case_id: UUID) -> Response:
        """Produce a recording as an exhibit."""
        who = who_asks(request)
        case = case_for(who, case_id, Right.PRODUCE)
        given = ExhibitIn(data=request.data)
        given.is_valid(raise_exception=True)
        facts = given.validated_data
        recording = recording_for(who, facts.pop("recording"))
        producer = facts.pop("producer") or _self(who)
        exhibit = exhibit_produce(who=who, case=case, recording=recording, producer=producer, **facts)
        return Response(exhibit_body(ExhibitShown(exhibit, may_know=True)), status=status.HTTP_201_CREATED)


class ExhibitWithdraw(APIView):
    """POST /api/v1/exhibits/<id>/withdraw"""

    @extend_schema(request=WithdrawIn, responses={200: dict})
    def post(self, request: Request, exhibit_id: UUID) -> Response:
        """Withdraw it; its number stays used."""
        who = who_asks(request)
        exhibit = exhibit_for(who, exhibit_id, Right.PRODUCE)
        given = WithdrawIn(data=request.data)
        given.is_valid(raise_exception=True)
        exhibit_withdraw(who=who, exhibit=exhibit, reason=given.validated_data["reason"])
        may_know = bool(recordings_known(who, [exhibit.recording_id]))
        return Response(exhibit_body(ExhibitShown(exhibit_for(who, exhibit_id), may_know=may_know)))
