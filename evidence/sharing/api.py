"""The sharing API: shares with colleagues, links for people outside. HTTP in, HTTP out."""

from typing import Any
from uuid import UUID, uuid5

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.http.idempotency import idempotency_key
from evidence.identity.authentication import who_asks
from evidence.identity.people import serving
from evidence.recordings.leaving import leaving_caution
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for
from evidence.sharing.models import Link, Share
from evidence.sharing.queries import is_suspended, link_for, links_of, share_for, shares_of
from evidence.sharing.services.links import LinkTerms, link_create, link_extend, link_revoke
from evidence.sharing.services.shares import share_give, share_revoke


class ShareOut(serializers.ModelSerializer[Share]):
    """A share. Times UTC. `is_suspended`: it gives nothing while the recording is restricted."""

    to_name = serializers.CharField(source="to.label")
    is_suspended = serializers.BooleanField(source="recording.is_restricted")
    shared_by_name = serializers.CharField(source="shared_by.label")

    class Meta:
        model = Share
        fields = [
            "id", "recording", "to", "to_name", "shared_by", "shared_by_name", "reason", "until_at", "created_at",
            "revoked_at", "is_suspended",
        ]  # fmt: skip


class ShareIn(serializers.Serializer[Any]):
    """Share with a person who holds a post."""

    to = serializers.PrimaryKeyRelatedField(queryset=serving())
    reason = serializers.CharField(max_length=500)
    until_at = serializers.DateTimeField()


class LinkOut(serializers.ModelSerializer[Link]):
    """A link. Times UTC; its address is in the answer that made it only. `is_suspended`: it does not open while the
    recording is restricted; one that was made meanwhile by somebody on its list does. `caution`: what whoever gives
    the item away has to know of how it was made; empty: nothing."""

    recipient = serializers.CharField(source="recipient.name")
    organisation = serializers.CharField(source="recipient.organisation")
    email = serializers.CharField(source="recipient.email")
    made_by_name = serializers.CharField(source="made_by.label")
    is_suspended = serializers.SerializerMethodField()
    caution = serializers.SerializerMethodField()

    class Meta:
        model = Link
        fields = [
            "id", "recording", "recipient", "organisation", "email", "may_download", "needs_code", "reason", "message",
            "made_by", "made_by_name", "created_at", "expires_at", "revoked_at", "opened_count", "last_opened_at",
            "is_suspended", "caution",
        ]  # fmt: skip

    def get_is_suspended(self, link: Link) -> bool:
        """Whether a restriction keeps it from opening."""
        return is_suspended(link)

    def get_caution(self, link: Link) -> str:
        """Of the item."""
        return leaving_caution(link.recording)


class LinkIn(serializers.Serializer[Any]):
    """A link for one recipient; with an e-mail address it is mailed to them."""

    recipient_name = serializers.CharField(max_length=120)
    organisation = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    email = serializers.EmailField(required=False, default="", allow_blank=True)
    reason = serializers.CharField(max_length=500)
    message = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)
    expires_at = serializers.DateTimeField()
    may_download = serializers.BooleanField(required=False, default=False)
    needs_code = serializers.BooleanField(required=False, default=False)


class ExtendIn(serializers.Serializer[Any]):
    """A link's new end."""

    expires_at = serializers.DateTimeField()


class ShareList(APIView):
    """/api/v1/recordings/<id>/shares"""

    @extend_schema(responses=ShareOut(many=True))
    def get(self, request: Request, recording_id: UUID) -> Response:
        """Shares of a recording: all for those who keep its list or read its whole custody record, else one's own."""
        who = who_asks(request)
        return Response(ShareOut(shares_of(who, recording_for(who, recording_id)), many=True).data)

    @extend_schema(request=ShareIn, responses={201: ShareOut})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Share it with a colleague."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.SHARE)
        given = ShareIn(data=request.data)
        given.is_valid(raise_exception=True)
        share = share_give(who=who, recording=recording, **given.validated_data)
        return Response(ShareOut(share_for(who, share.id)).data, status=status.HTTP_201_CREATED)


class ShareRevoke(APIView):
    """POST /api/v1/shares/<id>/revoke"""

    @extend_schema(request=None, responses=ShareOut)
    def post(self, request: Request, share_id: UUID) -> Response:
        """End it."""
        who = who_asks(request)
        share_revoke(who=who, share=share_for(who, share_id))
        return Response(ShareOut(share_for(who, share_id)).data)


class LinkList(APIView):
    """/api/v1/recordings/<id>/links"""

    @extend_schema(responses=LinkOut(many=True))
    def get(self, request: Request, recording_id: UUID) -> Response:
        """Links to a recording: all for those who keep its list or read its whole custody record, else one's own."""
        who = who_asks(request)
        return Response(LinkOut(links_of(who, recording_for(who, recording_id)), many=True).data)

    @extend_schema(request=LinkIn, responses={201: LinkOut})
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Make a link; `url` is its address, given this once: the same Idempotency-Key again is refused (409)."""
        who = who_asks(request)
        recording = recording_for(who, recording_id, Right.DISCLOSE)
        given = LinkIn(data=request.data)
        given.is_valid(raise_exception=True)
        key = idempotency_key(request)
        identifier = uuid5(who.person_id, f"link:{key}") if key else None
        terms = LinkTerms(**given.validated_data)
        created = link_create(who=who, recording=recording, terms=terms, identifier=identifier)
        body = {**LinkOut(created.link).data, "url": created.url}
        return Response(body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class LinkRevoke(APIView):
    """POST /api/v1/links/<id>/revoke"""

    @extend_schema(request=None, responses=LinkOut)
    def post(self, request: Request, link_id: UUID) -> Response:
        """End it."""
        who = who_asks(request)
        link_revoke(who=who, link=link_for(who, link_id))
        return Response(LinkOut(link_for(who, link_id)).data)


class LinkExtend(APIView):
    """POST /api/v1/links/<id>/extend"""

    @extend_schema(request=ExtendIn, responses=LinkOut)
    def post(self, request: Request, link_id: UUID) -> Response:
        """Move its end."""
        who = who_asks(request)
        link = link_for(who, link_id)
        given = ExtendIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(LinkOut(link_extend(who=who, link=link, **given.validated_data)).data)
