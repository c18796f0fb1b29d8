"""A report or an export as the answer to a request, the same for pages and for programs."""

from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse

from evidence.audit.report import Report, ScopeKind
from evidence.audit.report_json import report_json
from evidence.audit.report_pdf import report_pdf
from evidence.audit.reporting import ReportFormat
from evidence.audit.section62 import Export
from evidence.http.ranges import disposition

Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)
_MEDIA_TYPES = {ReportFormat.PDF: "application/pdf", ReportFormat.JSON: "application/json"}


def report_answer(report: Report, written_as: ReportFormat) -> HttpResponse:
    """The report as a download."""
    content = report_pdf(report) if written_as == ReportFormat.PDF else report_json(report)
    answer = HttpResponse(content, content_type=_MEDIA_TYPES[written_as])
    return _private(answer, f"custody-report_{_stem(report)}.{written_as.value}")


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
