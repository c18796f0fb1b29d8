"""Addresses of cases under /api/v1/."""

from django.urls import path

from evidence.cases import api

urlpatterns = [
    path("cases", api.CaseList.as_view(), name="api-cases"),
    path("cases/<uuid:case_id>", api.CaseItem.as_view(), name="api-case"),
    path("cases/<uuid:case_id>/members", api.MemberList.as_view(), name="api-case-members"),
    path("cases/<uuid:case_id>/members/<uuid:member_id>", api.MemberItem.as_view(), name="api-case-member"),
    path("cases/<uuid:case_id>/exhibits", api.ExhibitList.as_view(), name="api-exhibits"),
    path("exhibits/<uuid:exhibit_id>/withdraw", api.ExhibitWithdraw.as_view(), name="api-exhibit-withdraw"),
]
