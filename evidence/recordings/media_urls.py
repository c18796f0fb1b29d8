"""Addresses of bytes under an open playback session, on the force site."""

from django.urls import path

from evidence.recordings import media_views

urlpatterns = [
    path("<uuid:session_id>/watched", media_views.watched),
    path("<uuid:session_id>/watched/<int:part>", media_views.watched),
    path("<uuid:session_id>/close", media_views.close),
    path("<uuid:session_id>/<str:name>", media_views.media),
    path("<uuid:session_id>/<str:name>/<int:part>", media_views.media),
]
