"""Addresses of alignment on the force site."""

from django.urls import path

from evidence.alignment import views

BESIDE = "recordings/<uuid:recording_id>/beside"
PAIR = f"{BESIDE}/<uuid:other_id>"
urlpatterns = [
    path(BESIDE, views.beside, name="beside"),
    path(f"{BESIDE}/open", views.open_, name="beside-open"),
    path(f"{PAIR}/listen", views.listen, name="beside-listen"),
    path(f"{PAIR}/<uuid:alignment_id>/decide", views.decide, name="beside-decide"),
    path(f"{PAIR}/set", views.set_, name="beside-set"),
]
