"""Addresses of the share site."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("evidence.http.urls")),
    path("", include("evidence.audit.public_urls")),
    path("", include("evidence.audit.share_urls")),
    path("", include("evidence.sharing.external_urls")),
]
handler400 = "evidence.http.error_views.bad_request"
handler403 = "evidence.http.error_views.denied"
handler404 = "evidence.sharing.external_views.gone"
handler500 = "evidence.http.error_views.crashed"
