"""Addresses of the editor on the force site."""

from django.urls import path

from evidence.editing import again_views, finding_views, mute_views, views, views_salvage

EDIT = "recordings/<uuid:recording_id>/edit/"
FOUND = f"{EDIT}redaction/find/<uuid:detection_id>"
urlpatterns = [
    path(EDIT, views.clip, name="edit"),
    path(f"{EDIT}redaction", views.redaction, name="edit-redaction"),
    path(f"{EDIT}redaction/clear", views.draft_clear, name="edit-draft-clear"),
    path(f"{EDIT}redaction/mutes", mute_views.mutes, name="edit-mutes"),
    path(f"{EDIT}redaction/find", finding_views.find, name="edit-find"),
    path(f"{FOUND}/stop", finding_views.stop, name="edit-find-stop"),
    path(f"{FOUND}/cover", finding_views.cover, name="edit-find-cover"),
    path(f"{EDIT}still", views.still, name="edit-still"),
    path(f"{EDIT}sheet", views.sheet, name="edit-sheet"),
    path(f"{EDIT}salvage", views_salvage.salvage, name="edit-salvage"),
    path("recordings/<uuid:recording_id>/start-again", again_views.start_again, name="edit-again"),
    path(f"{EDIT}plain-mp4", views.plain_mp4, name="edit-plain-mp4"),
]
