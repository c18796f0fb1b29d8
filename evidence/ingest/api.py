"""The ingest API: what became of an upload, and the keys that receipts are checked with."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.http.pagination import cursor_page
from evidence.identity.authentication import who_asks
from evidence.ingest.models import ReceiptKey, Upload
from evidence.ingest.queries import receipt_keys, standing_of, upload_for, uploads_of


class UploadOut(serializers.ModelSerializer[Upload]):
    """An upload. Lengths in bytes, hashes hex, times UTC; `sha256` is what we computed, `metadata` what was sent."""

    recording = serializers.UUIDField(source="file.recording_id", default=None)

    class Meta:
        model = Upload
        fields = [
            "id", "door", "state", "filename", "metadata", "length_bytes", "offset_bytes", "declared_sha256", "sha256",
            "problem", "created_at", "received_at", "sealed_at", "expires_at", "recording", "receipt",
        ]  # fmt: skip


class UploadStandingOut(UploadOut):
    """An upload and how far it is: `state` received, checked, sealed, playable, not_playable, failed, open, cancelled.

    `words`: why, for people. `href`: the recording's page, where the asker may know of it.
    """

    def to_representation(self, instance: Upload) -> dict[str, Any]:
        """The row, with the standing in place of the bare state."""
        standing = standing_of(self.context["who"], instance)
        href = reverse("recording", args=[standing.recording.id]) if standing.recording else ""
        return {**super().to_representation(instance), "state": standing.state, "words": standing.words, "href": href}


class UploadList(APIView):
    """GET /api/v1/uploads"""

    @extend_schema(responses=UploadOut(many=True))
    def get(self, request: Request) -> Response:
        """What the asker sent, newest first; follow `next`."""
        return cursor_page(request, uploads_of(who_asks(request)), field="created_at", serializer=UploadOut)


class UploadItem(APIView):
    """GET /api/v1/uploads/<id>"""

    @extend_schema(responses=UploadStandingOut)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """One upload and what became of it."""
        who = who_asks(request)
        return Response(UploadStandingOut(upload_for(who, upload_id), context={"who": who}).data)


class KeyOut(serializers.ModelSerializer[ReceiptKey]):
    """A public key: Ed25519, 32 bytes in base64."""

    algorithm = serializers.CharField(default="Ed25519")
    use = serializers.CharField(default="receipt")

    class Meta:
        model = ReceiptKey
        fields = ["key_id", "algorithm", "use", "public_key", "first_used_at"]


class KeyList(APIView):
    """GET /api/v1/keys"""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses=KeyOut(many=True))
    def get(self, request: Request) -> Response:
        """Every key that ever signed a receipt: anybody may check one."""
        return Response({"keys": KeyOut(receipt_keys(), many=True).data})
