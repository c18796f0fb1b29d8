"""Addresses of cases on the force site."""

from django.urls import path

from evidence.cases import views

urlpatterns = [
    path("cases/", views.case_list, name="cases"),
    path("cases/new", views.case_new, name="case-new"),
    path("cases/<uuid:case_id>/", views.case_page, name="case"),
    path("cases/<uuid:case_id>/people", views.people, name="case-people"),
    path("cases/<uuid:case_id>/people/<uuid:member_id>/remove", views.person_remove, name="case-person-remove"),
    path("cases/<uuid:case_id>/timeline", views.timeline, name="case-timeline"),
    path("recordings/<uuid:recording_id>/exhibit", views.exhibit_new, name="exhibit-new"),
    path("exhibits/<uuid:exhibit_id>/withdraw", views.exhibit_end, name="exhibit-end"),
]
