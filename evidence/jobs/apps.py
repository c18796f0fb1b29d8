"""The job machine: the Django app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The job machine."""

    name = "evidence.jobs"
    label = "jobs"
