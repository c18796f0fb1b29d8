"""Addresses of the custody record, of checking a file and of the security log on the force site."""

from django.urls import path

from evidence.audit import check_views, views

urlpatterns = [
    path("recordings/<uuid:recording_id>/custody", views.custody, name="recording-custody"),
    path("check", check_views.check, name="check"),
    path("audit/", views.search, name="audit"),
    path("audit/security", views.security, name="audit-security"),
]
