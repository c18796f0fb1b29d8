"""'Check a file' for programs: the same answers as the page gives, as JSON."""

from datetime import UTC
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.audit.check_answers import Asked, Item, Known
from evidence.audit.check_forms import SIZE_MAX_BYTES
from evidence.audit.check_pace import pace_require
from evidence.audit.checking import file_check
from evidence.http.errors import Forbidden
from evidence.identity.authentication import who_asks


class FileCheckIn(serializers.Serializer[Any]):
    """The file in hand: its SHA-256 in hex and, where known, its length."""

    sha256 = serializers.RegexField(
        r"^[0-9a-fA-F]{64}$", error_messages={"invalid": "A SHA-256 is 64 figures, 0 to 9 and a to f."}
    )
    size_bytes = serializers.IntegerField(required=False, default=None, min_value=0, max_value=SIZE_MAX_BYTES)


class FileChecks(APIView):
    """POST /api/v1/file-checks"""

    @extend_schema(request=FileCheckIn, responses={200: dict})
    def post(self, request: Request) -> Response:
        """What a file is, for people. `results` is empty where it is not known, or kept from whoever asks."""
        who = who_asks(request)
        if not who.is_person:
            raise Forbidden("Files are checked by people. A dock asks for the receipt of its upload.")
        given = FileCheckIn(data=request.data)
        given.is_valid(raise_exception=True)
        pace_require(request, who.person_id)
        asked = Asked(given.validated_data["sha256"].lower(), given.validated_data["size_bytes"])
        found = file_check(who=who, asked=asked)
        return Response({"sha256": asked.sha256, "is_known": bool(found), "results": [_body(known) for known in found]})


def _body(known: Known) -> dict[str, Any]:
    return {
        "kind": known.kind.value,
        "sealed_at": known.sealed_at.astimezone(UTC).isoformat(),
        "sealed_at_local": timezone.localtime(known.sealed_at).isoformat(),
        "events": known.record.events if known.record else None,
        "events_counted": known.record.counted.value if known.record else None,
        "events_sealed": known.record.sealed if known.record else None,
        "trouble": known.trouble.value if known.trouble else None,
        "item": _item(known.item),
        "made_of": {"sha256": known.made_of.sha256, "item": _item(known.made_of.item)} if known.made_of else None,
        "exhibits": list(known.exhibits),
    }


def _item(item: Item | None) -> dict[str, str] | None:
    return {"id": str(item.id), "title": item.title, "href": item.href} if item else None
