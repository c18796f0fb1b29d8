"""Addresses of jobs under /api/v1/."""

from django.urls import path

from evidence.jobs import api

urlpatterns = [
    path("jobs/<uuid:job_id>", api.JobItem.as_view(), name="api-job"),
    path("jobs/<uuid:job_id>/cancel", api.JobCancel.as_view(), name="api-job-cancel"),
]
