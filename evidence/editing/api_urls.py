"""Addresses of the editing API, under /api/v1/."""

from django.urls import path

from evidence.editing import api

RECORDING = "recordings/<uuid:recording_id>"
urlpatterns = [
    path(f"{RECORDING}/clips", api.ClipList.as_view()),
    path(f"{RECORDING}/redactions", api.RedactionList.as_view()),
    path(f"{RECORDING}/stills", api.StillList.as_view()),
    path(f"{RECORDING}/transcodes", api.TranscodeList.as_view()),
    path(f"{RECORDING}/sheets", api.SheetList.as_view()),
    path(f"{RECORDING}/salvages", api.SalvageList.as_view()),
    path(f"{RECORDING}/draft", api.DraftItem.as_view()),
]
