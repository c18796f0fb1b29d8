"""Addresses of the recordings API, under /api/v1/."""

from django.urls import path

from evidence.recordings import access_api, api, hearing_api

urlpatterns = [
    path("recordings", api.RecordingList.as_view()),
    path("recordings/<uuid:recording_id>", api.RecordingItem.as_view()),
    path("recordings/<uuid:recording_id>/copies", api.CopyList.as_view()),
    path("recordings/<uuid:recording_id>/playbacks", api.PlaybackList.as_view()),
    path("recordings/<uuid:recording_id>/markers", api.MarkerList.as_view()),
    path("recordings/<uuid:recording_id>/markers/<uuid:marker_id>", api.MarkerItem.as_view()),
    path("recordings/<uuid:recording_id>/notes", api.NoteList.as_view()),
    path("recordings/<uuid:recording_id>/download", api.Download.as_view(), name="api-recording-download"),
    path("recordings/<uuid:recording_id>/access", access_api.AccessList.as_view()),
    path("recordings/<uuid:recording_id>/access/<uuid:grant_id>", access_api.AccessItem.as_view()),
    path("recordings/<uuid:recording_id>/restriction", access_api.Restriction.as_view()),
    path("recordings/<uuid:recording_id>/preparation", access_api.Preparation.as_view()),
    path("recordings/<uuid:recording_id>/transcript", hearing_api.Transcript.as_view()),
    path("categories", access_api.CategoryList.as_view()),
]
