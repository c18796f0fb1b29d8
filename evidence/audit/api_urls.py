"""Addresses of the custody record's API, under /api/v1/."""

from django.urls import path

from evidence.audit import api, check_api, report_api

urlpatterns = [
    path("recordings/<uuid:recording_id>/custody.jsonl", api.CustodyExport.as_view(), name="api-custody-export"),
    path("custody", api.CustodySearch.as_view()),
    path(
        "recordings/<uuid:recording_id>/custody-report",
        report_api.RecordingReport.as_view(),
        name="api-recording-report",
    ),  # fmt: skip
    path("recordings/<uuid:recording_id>/redaction-report", report_api.CopyReport.as_view()),
    path("cases/<uuid:case_id>/custody-report", report_api.CaseReport.as_view(), name="api-case-report"),
    path("custody-report", report_api.SearchReport.as_view(), name="api-search-report"),
    path("custody-log", report_api.LogExport.as_view(), name="api-log-export"),
    path("file-checks", check_api.FileChecks.as_view(), name="api-file-checks"),
]
