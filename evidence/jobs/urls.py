"""Addresses of jobs on the force site."""

from django.urls import path

from evidence.jobs import views

urlpatterns = [
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/<uuid:job_id>", views.job_page, name="job"),
    path("jobs/<uuid:job_id>/progress", views.job_progress, name="job-progress"),
    path("jobs/<uuid:job_id>/cancel", views.job_cancel_page, name="job-cancel"),
    path("jobs/<uuid:job_id>/retry", views.job_retry_page, name="job-retry"),
]
