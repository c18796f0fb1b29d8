"""Addresses of recordings on the force site."""

from django.urls import path

from evidence.recordings.views import item, lists, watch

ITEM = "recordings/<uuid:recording_id>/"
urlpatterns = [
    path("", lists.queue, name="queue"),
    path("recordings/", lists.find, name="find"),
    path(ITEM, watch.watch, name="recording"),
    path(f"{ITEM}state", watch.state, name="recording-state"),
    path(f"{ITEM}open", watch.open_, name="recording-open"),
    path(f"{ITEM}close", watch.close, name="recording-close"),
    path(f"{ITEM}retry", watch.retry, name="recording-retry"),
    path(f"{ITEM}markers", watch.marker_put, name="recording-markers"),
    path(f"{ITEM}markers/<uuid:marker_id>/remove", watch.marker_take, name="recording-marker-remove"),
    path(f"{ITEM}notes", watch.note_put, name="recording-notes"),
    path(f"{ITEM}change", watch.change, name="recording-change"),
    path(f"{ITEM}transcript", watch.transcript, name="recording-transcript"),
    path(f"{ITEM}thumbnail", watch.thumbnail, name="recording-thumbnail"),
    path(f"{ITEM}copies", item.copies, name="recording-copies"),
    path(f"{ITEM}details", item.details, name="recording-details"),
    path(f"{ITEM}access", item.access, name="recording-access"),
    path(f"{ITEM}access/add", item.access_add, name="recording-access-add"),
    path(f"{ITEM}access/<uuid:grant_id>/remove", item.access_remove, name="recording-access-remove"),
    path(f"{ITEM}restriction", item.restriction, name="recording-restriction"),
]
