"""Addresses of sharing under /api/v1/."""

from django.urls import path

from evidence.sharing import api

urlpatterns = [
    path("recordings/<uuid:recording_id>/shares", api.ShareList.as_view(), name="api-shares"),
    path("recordings/<uuid:recording_id>/links", api.LinkList.as_view(), name="api-links"),
    path("shares/<uuid:share_id>/revoke", api.ShareRevoke.as_view(), name="api-share-revoke"),
    path("links/<uuid:link_id>/revoke", api.LinkRevoke.as_view(), name="api-link-revoke"),
    path("links/<uuid:link_id>/extend", api.LinkExtend.as_view(), name="api-link-extend"),
]
