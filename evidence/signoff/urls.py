"""Addresses of the second look on the force site."""

from django.urls import path

from evidence.signoff import views

LOOK = "recordings/<uuid:recording_id>/look-again"
urlpatterns = [
    path(LOOK, views.page, name="look-again"),
    path(f"{LOOK}/ask", views.ask, name="look-ask"),
    path(f"{LOOK}/progress", views.progress, name="look-progress"),
    path(f"{LOOK}/<int:look_number>/places", views.decide_together, name="look-places"),
    path(f"{LOOK}/<int:look_number>/places/<int:number>", views.decide, name="look-place"),
    path(f"{LOOK}/<int:look_number>/places/<int:number>/picture", views.picture, name="look-picture"),
    path(f"{LOOK}/<int:look_number>/sign-off", views.sign, name="look-sign"),
]
