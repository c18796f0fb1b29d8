"""The discs API: plan, have made, look, cancel, fetch an image. HTTP in, HTTP out."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.cases.policy import Right
from evidence.cases.queries import case_for
from evidence.court.models import Disc, DiscKind, DiscSet
from evidence.court.planning import DiscPlanned, SetPlan
from evidence.court.queries import contents_shown, disc_of, disc_set_for, disc_sets_of, job_of_set, recordings_known_on
from evidence.court.services import disc_set_cancel, disc_set_plan, disc_set_request
from evidence.court.serving import image_response
from evidence.identity.authentication import who_asks
from evidence.identity.who import Who
from workers.disc.planning import MediumKind

_YES = ("1", "true", "yes")


class PlanIn(serializers.Serializer[Any]):
    """Which exhibits, on what."""

    exhibits = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=500)
    kind = serializers.ChoiceField(DiscKind.choices, required=False, default=DiscKind.DATA)
    medium = serializers.ChoiceField([kind.value for kind in MediumKind], required=False, default=MediumKind.DVD_5)
    with_originals = serializers.BooleanField(required=False, default=False)

    def to_internal_value(self, data: Any) -> Any:
        """With kind and medium as their own types."""
        found = super().to_internal_value(data)
        return {**found, "kind": DiscKind(found["kind"]), "medium": MediumKind(found["medium"])}


class DiscSetIn(PlanIn):
    """The same, for whom and why. `id`: the id the set shall have; asking again with it and the same terms gives the
    one set, with other terms 409."""

    recipient_name = serializers.CharField(max_length=160)
    reason = serializers.CharField(max_length=500)
    id = serializers.UUIDField(required=False, default=None)


class DiscOut(serializers.ModelSerializer[Disc]):
    """A made disc. `sha256` hex of the image, `size_bytes` bytes, `image` the address to fetch it from.

    In `contents` only reference and id are told where the asker may not know of the recording; the rest is null.
    """

    size_bytes = serializers.IntegerField(source="image.size_bytes")
    sha256 = serializers.CharField(source="image.sha256")
    label = serializers.SerializerMethodField()  # type: ignore[assignment] # a field of this name, not the Field's
    image = serializers.SerializerMethodField()
    contents = serializers.SerializerMethodField()

    class Meta:
        model = Disc
        fields = ["id", "number", "volume_id", "size_bytes", "sha256", "label", "contents", "image"]

    def get_label(self, disc: Disc) -> list[str]:
        """The text for the disc's face, line by line."""
        return disc.label.splitlines()

    def get_contents(self, disc: Disc) -> list[dict[str, Any]]:
        """What is on it, as far as the asker may know."""
        return contents_shown(disc, self.context["known"])

    def get_image(self, disc: Disc) -> str:
        """Where its image is."""
        return reverse("api-disc-image", args=[disc.disc_set.case_id, disc.disc_set_id, disc.number])


class DiscSetOut(serializers.ModelSerializer[DiscSet]):
    """A set of discs; `state` requested, made, failed or cancelled. Times UTC."""

    exhibits = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField()
    discs = DiscOut(many=True)

    class Meta:
        model = DiscSet
        fields = [
            "id", "kind", "medium", "with_originals", "state", "problem", "recipient_name", "reason", "requested_at",
            "made_at", "exhibits", "job", "discs",
        ]  # fmt: skip

    def get_exhibits(self, disc_set: DiscSet) -> list[str]:
        """References."""
        return [exhibit.reference for exhibit in disc_set.exhibits.all()]

    def get_job(self, disc_set: DiscSet) -> UUID | None:
        """The job that makes it: ask there how it goes."""
        job = job_of_set(disc_set)
        return job.pk if job else None


def plan_body(plan: SetPlan) -> dict[str, Any]:
    """A plan as JSON: sizes in bytes are upper bounds."""

    def disc_body(disc: DiscPlanned) -> dict[str, Any]:
        return {
            "number": disc.number, "volume_id": disc.volume_id, "label": disc.label, "exhibits": disc.references,
            "size_bytes": disc.size_bytes, "usable_bytes": disc.usable_bytes, "duration_s": disc.duration_s,
        }  # fmt: skip

    return {
        "kind": plan.kind, "medium": plan.medium.kind.value, "size_bytes": plan.size_bytes,
        "exhibits": [
            {
                "id": each.exhibit.id, "reference": each.reference, "size_bytes": each.size_bytes,
                "files": [found.name for found in each.files],
                "cautions": [{"file": found.name, "detail": found.caution} for found in each.files if found.caution],
            }
            for each in plan.exhibits
        ],
        "discs": [disc_body(disc) for disc in plan.discs],
    }  # fmt: skip


def _said(who: Who, sets: Iterable[DiscSet]) -> Any:
    """Sets as JSON, as far as the asker may know of what is on them."""
    rows = list(sets)
    known = recordings_known_on(who, [disc for row in rows for disc in row.discs.all()])
    return DiscSetOut(rows, many=True, context={"known": known}).data


class DiscSetList(APIView):
    """/api/v1/cases/<id>/disc-sets"""

    @extend_schema(responses=DiscSetOut(many=True))
    def get(self, request: Request, case_id: UUID) -> Response:
        """The sets of a case, newest first."""
        who = who_asks(request)
        case = case_for(who, case_id)
        return Response(_said(who, disc_sets_of(case)))

    @extend_schema(
        request=DiscSetIn, responses={200: dict, 202: DiscSetOut},
        parameters=[OpenApiParameter("dry-run", bool, description="Only say what it comes to; make nothing.")],
    )  # fmt: skip
    def post(self, request: Request, case_id: UUID) -> Response:
        """Have discs made (202), or with `?dry-run=1` see what it comes to (200)."""
        who = who_asks(request)
        case = case_for(who, case_id, Right.DISCS)
        is_dry = request.query_params.get("dry-run", "").lower() in _YES
        given = (PlanIn if is_dry else DiscSetIn)(data=request.data)
        given.is_valid(raise_exception=True)
        facts = dict(given.validated_data)
        if is_dry:
            return Response(plan_body(disc_set_plan(who=who, case=case, **facts)))
        disc_set = disc_set_request(who=who, case=case, identifier=facts.pop("id"), **facts)
        return Response(
            _said(who, [disc_set])[0], status=status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("api-disc-set", args=[case.pk, disc_set.pk])},
        )  # fmt: skip


class DiscSetItem(APIView):
    """GET /api/v1/cases/<id>/disc-sets/<set>"""

    @extend_schema(responses=DiscSetOut)
    def get(self, request: Request, case_id: UUID, set_id: UUID) -> Response:
        """One set with its discs."""
        who = who_asks(request)
        return Response(_said(who, [disc_set_for(who, case_id, set_id)])[0])


class DiscSetCancel(APIView):
    """POST /api/v1/cases/<id>/disc-sets/<set>/cancel"""

    @extend_schema(request=None, responses={202: DiscSetOut})
    def post(self, request: Request, case_id: UUID, set_id: UUID) -> Response:
        """Stop the making. 409 when it is over."""
        who = who_asks(request)
        disc_set = disc_set_for(who, case_id, set_id, Right.DISCS)
        disc_set_cancel(who=who, disc_set=disc_set)
        return Response(_said(who, [disc_set])[0], status=status.HTTP_202_ACCEPTED)


class DiscImage(APIView):
    """GET /api/v1/cases/<id>/disc-sets/<set>/discs/<n>/image"""

    @extend_schema(responses={200: bytes})
    def get(self, request: Request, case_id: UUID, set_id: UUID, number: int) -> HttpResponseBase:
        """The image, whole or by range; each request is a disclosure on the record."""
        who = who_asks(request)
        disc_set = disc_set_for(who, case_id, set_id, Right.DISCS)
        return image_response(request._request, who, disc_of(disc_set, number))
