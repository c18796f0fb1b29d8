"""Addresses of sharing on the force site."""

from django.urls import path

from evidence.sharing import views

urlpatterns = [
    path("recordings/<uuid:recording_id>/share", views.share_table, name="recording-share"),
    path("recordings/<uuid:recording_id>/share/new", views.share_new, name="share-new"),
    path("recordings/<uuid:recording_id>/links/new", views.link_new, name="link-new"),
    path("shares/<uuid:share_id>/end", views.share_end, name="share-end"),
    path("links/<uuid:link_id>/end", views.link_end, name="link-end"),
    path("links/<uuid:link_id>/later", views.link_later, name="link-later"),
]
