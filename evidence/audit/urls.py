"""Addresses of the custody record and of the security log on the force site."""

from django.urls import path

from evidence.audit import views

urlpatterns = [
    path("recordings/<uuid:recording_id>/custody", views.custody, name="recording-custody"),
    path("audit/", views.search, name="audit"),
    path("audit/security", views.security, name="audit-security"),
]
