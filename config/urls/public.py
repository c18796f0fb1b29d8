"""Addresses of the public site."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("evidence.http.urls")),
    path("", include("evidence.audit.public_urls")),
]
handler400 = "evidence.http.error_views.bad_request"
handler403 = "evidence.http.error_views.denied"
handler404 = "evidence.http.error_views.not_found"
handler500 = "evidence.http.error_views.crashed"
