"""A report or an export as the answer to a request, the same for pages and for programs."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse

from evidence.audit.redaction_csv import redaction_csv
from evidence.audit.redaction_json import redaction_json
from evidence.audit.redaction_pdf import redaction_pdf
from evidence.audit.redaction_report import RedactionReport
from evidence.audit.redaction_reporting import RedactionFormat
from evidence.audit.report import Report, ScopeKind
from evidence.audit.report_json import report_json
from evidence.audit.report_pdf import report_pdf
from evidence.audit.reporting import ReportFormat
from evidence.audit.section62 import Export
from evidence.http.ranges import disposition

Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)
_MEDIA_TYPES = {ReportFormat.PDF: "application/pdf", ReportFormat.JSON: "application/json"}
_REDACTIONS: dict[RedactionFormat, tuple[Callable[[RedactionReport], bytes], str]] = {
    RedactionFormat.PDF: (redaction_pdf, "application/pdf"),
    RedactionFormat.CSV: (redaction_csv, "text/csv; charset=utf-8"),
    RedactionFormat.JSON: (redaction_json, "application/json"),
}


def report_answer(report: Report, written_as: ReportFormat) -> HttpResponse:
    """The report as a download."""
    content = report_pdf(report) if written_as == ReportFormat.PDF else report_json(report)
    answer = HttpResponse(content, content_type=_MEDIA_TYPES[written_as])
    return _private(answer, f"custody-report_{_stem(report)}.{written_as.value}")


def redaction_answer(report: RedactionReport, written_as: RedactionFormat) -> HttpResponse:
    """A redaction report as a download; its name names nobody."""
    write, media_type = _REDACTIONS[written_as]
    answer = HttpResponse(write(report), content_type=media_type)
    made = f"{report.made_at:%Y%m%dT%H%M%SZ}"
    return _private(answer, f"redaction-report_{str(report.copy.id)[:8]}_{made}.{written_as.value}")


def export_answer(export: Export) -> StreamingHttpResponse:
    """The export, sent while it is written."""
    answer = StreamingHttpResponse(export.rows, content_type=export.media_type)
    return _private(answer, export.name)


def _stem(report: Report) -> str:
    """Names nobody: file names travel further than files."""
    scope = report.scope
    made = f"{report.made_at:%Y%m%dT%H%M%SZ}"
    return made if scope.kind == ScopeKind.SEARCH else f"{scope.kind}-{str(scope.id)[:8]}_{made}"


def _private(answer: Answer, name: str) -> Answer:
    answer["Content-Disposition"] = disposition(name)
    answer["Cache-Control"] = "private, no-store"
    return answer
