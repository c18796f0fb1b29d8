"""Pages of ingest, on the force site."""

from django.urls import path

from evidence.ingest import views

urlpatterns = [
    path("upload", views.upload_page, name="upload"),
    path("upload/sent", views.sent, name="upload-sent"),
]
