"""Incidents, cases and exhibits: the Django app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Incidents, cases and exhibits."""

    name = "evidence.cases"
    label = "cases"
