"""Addresses of discs on the force site."""

from django.urls import path

from evidence.court import views

urlpatterns = [
    path("cases/<uuid:case_id>/discs/", views.builder, name="discs"),
    path("cases/<uuid:case_id>/discs/confirm", views.confirm, name="discs-confirm"),
    path("cases/<uuid:case_id>/discs/create", views.create, name="discs-create"),
    path("cases/<uuid:case_id>/discs/<uuid:set_id>/", views.disc_set_page, name="disc-set"),
    path("cases/<uuid:case_id>/discs/<uuid:set_id>/progress", views.disc_set_progress, name="disc-set-progress"),
    path("cases/<uuid:case_id>/discs/<uuid:set_id>/cancel", views.disc_set_cancel_page, name="disc-set-cancel"),
    path("cases/<uuid:case_id>/discs/<uuid:set_id>/<int:number>.iso", views.disc_image, name="disc-image"),
]
