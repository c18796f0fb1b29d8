"""Addresses of the editor on the force site."""

from django.urls import path

from evidence.editing import finding_views, views

EDIT = "recordings/<uuid:recording_id>/edit/"
FOUND = f"{EDIT}redaction/find/<uuid:detection_id>"
urlpatterns = [
    path(EDIT, views.clip, name="edit"),
    path(f"{EDIT}redaction", views.redaction, name="edit-redaction"),
    path(f"{EDIT}redaction/clear", views.draft_clear, name="edit-draft-clear"),
    path(f"{EDIT}redaction/find", finding_views.find, name="edit-find"),
    path(f"{FOUND}/stop", finding_views.stop, name="edit-find-stop"),
    path(f"{FOUND}/cover", finding_views.cover, name="edit-find-cover"),
    path(f"{EDIT}still", views.still, name="edit-still"),
    path(f"{EDIT}plain-mp4", views.plain_mp4, name="edit-plain-mp4"),
]
