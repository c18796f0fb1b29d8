"""Custody reports and the log of processing for programs: POST with a reason, answered by the file itself."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from evidence.audit.queries import Search
from evidence.audit.redaction_reporting import RedactionFormat, redaction_report
from evidence.audit.report_answers import export_answer, redaction_answer, report_answer
from evidence.audit.reporting import ReportFormat, case_report, reason_of, recording_report, search_report
from evidence.audit.section62 import ExportFormat, log_export
from evidence.cases.policy import Right as CaseRight
from evidence.cases.queries import case_for
from evidence.custody.parties import Reason
from evidence.identity.authentication import who_asks
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for
from evidence.recordings.reasons import CODES
from evidence.signoff.queries import copy_for


class AnyAccept(DefaultContentNegotiation):
    """The format is named in the body: a program that accepts PDF only must not be refused for that."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """For errors, which are JSON whatever was asked for."""
        first = next(iter(renderers))
        return first, first.media_type


class WhyIn(serializers.Serializer[Any]):
    """Why it is taken along: a code of the list, a text, or both."""

    reason_code = serializers.ChoiceField(sorted(CODES), required=False, default="")
    reason_text = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ReportIn(WhyIn):
    """A report of one item."""

    format = serializers.ChoiceField([(each.value, each.name) for each in ReportFormat], required=False, default="json")


class RedactionReportIn(WhyIn):
    """A redaction report of one working copy."""

    format = serializers.ChoiceField(
        [(each.value, each.name) for each in RedactionFormat], required=False, default="json"
    )


class SearchedIn(WhyIn):
    """Of which lines: at least a person, an item, or a time from which."""

    person = serializers.UUIDField(required=False, default=None, allow_null=True)
    item = serializers.UUIDField(required=False, default=None, allow_null=True)
    from_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    until_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class SearchReportIn(SearchedIn, ReportIn):
    """A report across items."""


class ExportIn(SearchedIn):
    """The log of processing."""

    format = serializers.ChoiceField(
        [(each.value, each.name) for each in ExportFormat], required=False, default="jsonl"
    )


class RecordingReport(APIView):
    """POST /api/v1/recordings/<id>/custody-report"""

    content_negotiation_class = AnyAccept

    @extend_schema(request=ReportIn, responses={(200, "application/json"): dict, (200, "application/pdf"): bytes})
    def post(self, request: Request, recording_id: UUID) -> HttpResponse:
        """The record of a recording or working copy, 1 to n without a gap, with proofs."""
        who, given = who_asks(request), _given(ReportIn, request)
        recording = recording_for(who, recording_id, Right.CUSTODY)
        written_as = ReportFormat(given["format"])
        return report_answer(
            recording_report(who=who, recording=recording, written_as=written_as, reason=_reason(given)), written_as
        )


class CopyReport(APIView):
    """POST /api/v1/recordings/<id>/redaction-report"""

    content_negotiation_class = AnyAccept

    @extend_schema(
        request=RedactionReportIn,
        responses={(200, "application/json"): dict, (200, "application/pdf"): bytes, (200, "text/csv"): str},
    )
    def post(self, request: Request, recording_id: UUID) -> HttpResponse:
        """What was done to make a working copy, and what was seen in it afterwards."""
        who, given = who_asks(request), _given(RedactionReportIn, request)
        copy = copy_for(who, recording_id)
        written_as = RedactionFormat(given["format"])
        report = redaction_report(who=who, copy=copy, written_as=written_as, reason=_reason(given))
        return redaction_answer(report, written_as)


class CaseReport(APIView):
    """POST /api/v1/cases/<id>/custody-report"""

    content_negotiation_class = AnyAccept

    @extend_schema(request=ReportIn, responses={(200, "application/json"): dict, (200, "application/pdf"): bytes})
    def post(self, request: Request, case_id: UUID) -> HttpResponse:
        """The record of a case and of its exhibits' recordings."""
        who, given = who_asks(request), _given(ReportIn, request)
        case = case_for(who, case_id, CaseRight.CUSTODY)
        written_as = ReportFormat(given["format"])
        return report_answer(case_report(who=who, case=case, written_as=written_as, reason=_reason(given)), written_as)


class SearchReport(APIView):
    """POST /api/v1/custody-report"""

    content_negotiation_class = AnyAccept

    @extend_schema(request=SearchReportIn, responses={(200, "application/json"): dict, (200, "application/pdf"): bytes})
    def post(self, request: Request) -> HttpResponse:
        """Lines across items, first to last, by person, item and time."""
        given = _given(SearchReportIn, request)
        written_as = ReportFormat(given["format"])
        report = search_report(
            who=who_asks(request), search=_search(given), written_as=written_as, reason=_reason(given)
        )
        return report_answer(report, written_as)


class LogExport(APIView):
    """POST /api/v1/custody-log"""

    content_negotiation_class = AnyAccept

    @extend_schema(request=ExportIn, responses={(200, "application/jsonl"): str, (200, "text/csv"): str})
    def post(self, request: Request) -> StreamingHttpResponse:
        """The log of processing under section 62 of the Data Protection Act 2018."""
        given = _given(ExportIn, request)
        written_as = ExportFormat(given["format"])
        export = log_export(who=who_asks(request), search=_search(given), written_as=written_as, reason=_reason(given))
        return export_answer(export)


def _given(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _reason(given: dict[str, Any]) -> Reason:
    return reason_of(given["reason_code"], given["reason_text"])


def _search(given: dict[str, Any]) -> Search:
    return Search(actor=given["person"], item=given["item"], from_at=given["from_at"], until_at=given["until_at"])
