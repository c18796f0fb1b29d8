"""Addresses of alignment's API, under /api/v1/."""

from django.urls import path

from evidence.alignment import api

ALIGNMENTS = "recordings/<uuid:recording_id>/alignments"
PAIR = f"{ALIGNMENTS}/<uuid:other_id>"
urlpatterns = [
    path(ALIGNMENTS, api.AlignmentList.as_view()),
    path(PAIR, api.AlignmentItem.as_view()),
    path(f"{PAIR}/<uuid:alignment_id>", api.AlignmentDecision.as_view()),
]
