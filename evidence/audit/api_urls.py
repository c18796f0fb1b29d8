"""Addresses of the custody record's API, under /api/v1/."""

from django.urls import path

from evidence.audit import api, check_api

urlpatterns = [
    path("recordings/<uuid:recording_id>/custody.jsonl", api.CustodyExport.as_view(), name="api-custody-export"),
    path("custody", api.CustodySearch.as_view()),
    path("file-checks", check_api.FileChecks.as_view(), name="api-file-checks"),
]
