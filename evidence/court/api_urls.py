"""Addresses of discs under /api/v1/."""

from django.urls import path

from evidence.court import api

urlpatterns = [
    path("cases/<uuid:case_id>/disc-sets", api.DiscSetList.as_view(), name="api-disc-sets"),
    path("cases/<uuid:case_id>/disc-sets/<uuid:set_id>", api.DiscSetItem.as_view(), name="api-disc-set"),
    path(
        "cases/<uuid:case_id>/disc-sets/<uuid:set_id>/cancel", api.DiscSetCancel.as_view(), name="api-disc-set-cancel"
    ),
    path(
        "cases/<uuid:case_id>/disc-sets/<uuid:set_id>/discs/<int:number>/image", api.DiscImage.as_view(),
        name="api-disc-image",
    ),
]  # fmt: skip
