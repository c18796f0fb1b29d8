"""Addresses of the custody record, of checking a file and of the security log on the force site."""

from django.urls import path

from evidence.audit import check_views, erasure_views, report_views, status_views, views

urlpatterns = [
    path("recordings/<uuid:recording_id>/custody", views.custody, name="recording-custody"),
    path("check", check_views.check, name="check"),
    path("audit/", views.search, name="audit"),
    path("recordings/<uuid:recording_id>/custody/report", report_views.recording_page, name="recording-report"),
    path("recordings/<uuid:recording_id>/redaction-report", report_views.redaction_page, name="redaction-report"),
    path("cases/<uuid:case_id>/custody/report", report_views.case_page, name="case-report"),
    path("audit/report", report_views.search_page, name="audit-report"),
    path("audit/log", report_views.export_page, name="audit-log"),
    path("audit/erasures", erasure_views.erasures, name="erasures"),
    path("audit/erasures/new", erasure_views.erasure_new, name="erasure-new"),
    path("audit/erasures/<uuid:proposal_id>", erasure_views.erasure, name="erasure"),
    path("audit/erasures/<uuid:proposal_id>/approve", erasure_views.erasure_approved, name="erasure-approve"),
    path("audit/erasures/<uuid:proposal_id>/refuse", erasure_views.erasure_refused, name="erasure-refuse"),
    path("audit/security", views.security, name="audit-security"),
    path("status", status_views.status, name="status"),
]
