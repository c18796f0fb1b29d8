"""Addresses of the recordings API, under /api/v1/."""

from django.urls import path

from evidence.recordings import api

urlpatterns = [
    path("recordings", api.RecordingList.as_view()),
    path("recordings/<uuid:recording_id>", api.RecordingItem.as_view()),
    path("recordings/<uuid:recording_id>/copies", api.CopyList.as_view()),
    path("recordings/<uuid:recording_id>/playbacks", api.PlaybackList.as_view()),
    path("recordings/<uuid:recording_id>/markers", api.MarkerList.as_view()),
    path("recordings/<uuid:recording_id>/notes", api.NoteList.as_view()),
    path("recordings/<uuid:recording_id>/download", api.Download.as_view()),
]
