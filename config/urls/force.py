"""Addresses of the force site."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("evidence.identity.urls")),
]
handler400 = "evidence.http.error_views.bad_request"
handler403 = "evidence.http.error_views.denied"
handler404 = "evidence.http.error_views.not_found"
handler500 = "evidence.http.error_views.crashed"
