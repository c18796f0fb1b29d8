"""Addresses of the tus door, under /tus/."""

from django.urls import path

from evidence.ingest.tus import views

urlpatterns = [
    path("v1/", views.uploads, name="tus-uploads"),
    path("v1", views.uploads),
    path("v1/<uuid:upload_id>", views.upload, name="tus-upload"),
    path("v1/<uuid:upload_id>/receipt", views.receipt, name="tus-receipt"),
]
