"""What the record answers on the share site, inside a link that its recipient has opened."""

from django.urls import path

from evidence.audit import check_views

urlpatterns = [
    # under the viewing's path: there alone the browser sends the viewing's key
    path("<slug:token>/media/<uuid:session_id>/check", check_views.check_external, name="share-check"),
]
