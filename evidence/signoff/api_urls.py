"""Addresses of the second look's API, under /api/v1/."""

from django.urls import path

from evidence.signoff import api

LOOK = "recordings/<uuid:recording_id>/look-again"
urlpatterns = [
    path(LOOK, api.LookItem.as_view(), name="api-look-again"),
    path(f"{LOOK}/places", api.PlaceList.as_view()),
    path(f"{LOOK}/places/<int:number>", api.PlaceItem.as_view()),
    path(f"{LOOK}/sign-off", api.SignOffItem.as_view()),
]
