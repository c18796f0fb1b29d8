"""What anybody may read of the custody record, on every site that pages are on: its keys and its newest checkpoint."""

from django.urls import path

from evidence.audit import api, views

urlpatterns = [
    path("log", views.log, name="log"),
    path("api/v1/log/consistency", api.LogConsistency.as_view(), name="api-log-consistency"),
    path("api/v1/log", api.LogRead.as_view(), name="api-log"),
]
