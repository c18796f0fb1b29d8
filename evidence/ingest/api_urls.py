"""Addresses of the ingest API, under /api/v1/."""

from django.urls import path

from evidence.ingest import api

urlpatterns = [
    path("uploads", api.UploadList.as_view()),
    path("uploads/<uuid:upload_id>", api.UploadItem.as_view(), name="upload-standing"),
    path("keys", api.KeyList.as_view()),
]
