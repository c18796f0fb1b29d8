"""The custody record for people: the Django app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The custody record for people."""

    name = "evidence.audit"
    label = "audit"
