"""Addresses of the force site."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("evidence.http.urls")),
    path("", include("evidence.identity.urls")),
    path("", include("evidence.jobs.urls")),
    path("", include("evidence.recordings.urls")),
    path("", include("evidence.editing.urls")),
    path("", include("evidence.alignment.urls")),
    path("", include("evidence.ingest.urls")),
    path("tus/", include("evidence.ingest.tus.urls")),
    path("", include("evidence.audit.urls")),
    path("", include("evidence.audit.public_urls")),
    path("", include("evidence.cases.urls")),
    path("", include("evidence.signoff.urls")),
    path("", include("evidence.sharing.urls")),
    path("", include("evidence.court.urls")),
    path("media/", include("evidence.recordings.media_urls")),
    path("api/v1/", include("evidence.jobs.api_urls")),
    path("api/v1/", include("evidence.recordings.api_urls")),
    path("api/v1/", include("evidence.editing.api_urls")),
    path("api/v1/", include("evidence.alignment.api_urls")),
    path("api/v1/", include("evidence.audit.api_urls")),
    path("api/v1/", include("evidence.ingest.api_urls")),
    path("api/v1/", include("evidence.court.api_urls")),
    path("api/v1/", include("evidence.cases.api_urls")),
    path("api/v1/", include("evidence.signoff.api_urls")),
    path("api/v1/", include("evidence.sharing.api_urls")),
]
handler400 = "evidence.http.error_views.bad_request"
handler403 = "evidence.http.error_views.denied"
handler404 = "evidence.http.error_views.not_found"
handler500 = "evidence.http.error_views.crashed"
