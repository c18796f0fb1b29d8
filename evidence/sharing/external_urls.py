"""Addresses of the share site."""

from django.urls import path

from evidence.sharing import external_views

urlpatterns = [
    path("robots.txt", external_views.robots),
    path("<slug:token>/", external_views.landing, name="share-landing"),
    path("<slug:token>/code", external_views.code, name="share-code"),
    path("<slug:token>/open", external_views.open_page, name="share-open"),
    path("<slug:token>/media/<uuid:session_id>/", external_views.viewer, name="share-viewer"),
    path("<slug:token>/media/<uuid:session_id>/video/<int:part>", external_views.video, name="share-video"),
    path("<slug:token>/media/<uuid:session_id>/index/<int:part>", external_views.index, name="share-index"),
    path("<slug:token>/media/<uuid:session_id>/download/<int:part>", external_views.download, name="share-download"),
    path("<slug:token>/media/<uuid:session_id>/close", external_views.close, name="share-close"),
]
