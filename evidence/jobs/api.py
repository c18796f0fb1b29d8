"""The jobs API: how a job goes, and cancelling it. HTTP in, HTTP out."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.identity.authentication import who_asks
from evidence.identity.who import Who
from evidence.jobs.models import Job
from evidence.jobs.policy import JOBS, Right
from evidence.jobs.queries import job_for
from evidence.jobs.services import job_cancel
from evidence.jobs.showing import job_label
from evidence.jobs.words import job_words


class JobOut(serializers.ModelSerializer[Job]):
    """How a job stands. Times UTC; `progress_done` of `progress_total` in `unit`, total 0 where not known."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment] # a field of this name, not the Field's
    words = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = [
            "id", "kind", "label", "state", "words", "stage", "progress_done", "progress_total", "unit", "attempt",
            "max_attempts", "error_code", "error", "cancel_requested_at", "created_at", "started_at", "finished_at",
            "subject_kind", "subject_id", "result",
        ]  # fmt: skip

    def get_label(self, job: Job) -> str:
        """What people call this work."""
        return job_label(job)

    def get_words(self, job: Job) -> str:
        """One line for people."""
        return job_words(job)


def _body(job: Job, who: Who) -> dict[str, Any]:
    """The job as this asker may see it: without its subject and result unless they asked for it."""
    body = dict(JobOut(job).data)
    if not JOBS.decide(who, Right.SUBJECT, job):
        body |= {"subject_kind": "", "subject_id": None, "result": {}}
    return body


class JobItem(APIView):
    """GET /api/v1/jobs/<id>"""

    @extend_schema(responses=JobOut)
    def get(self, request: Request, job_id: UUID) -> Response:
        """How it goes; ask every two seconds, no oftener."""
        who = who_asks(request)
        return Response(_body(job_for(who, job_id), who))


class JobCancel(APIView):
    """POST /api/v1/jobs/<id>/cancel"""

    @extend_schema(request=None, responses={202: JobOut})
    def post(self, request: Request, job_id: UUID) -> Response:
        """Stop it: at once if it has not begun, else within seconds. 409 when it is over."""
        who = who_asks(request)
        job = job_cancel(job=job_for(who, job_id, Right.CANCEL), actor=who.actor)
        return Response(_body(job, who), status=status.HTTP_202_ACCEPTED)
