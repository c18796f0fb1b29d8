"""Manners every room shares: the Django app."""

from django.apps import AppConfig


class HttpConfig(AppConfig):
    """Manners every room shares."""

    name = "evidence.http"
    label = "http"
