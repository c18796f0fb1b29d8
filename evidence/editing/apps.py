"""Recipes, clips, redactions and stills: the Django app."""

from django.apps import AppConfig


class EditingConfig(AppConfig):
    """Recipes, clips, redactions and stills."""

    name = "evidence.editing"
    label = "editing"
