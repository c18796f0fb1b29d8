"""What this room makes that a restriction suspends: watching a case's exhibits by being on the case."""

from evidence.cases.policy import KIND
from evidence.identity.models import AccessGrant
from evidence.recordings.policy import KIND as RECORDING
from evidence.recordings.ways_in import way_register


def ways_register() -> None:
    """Add the way of this room, counted in people: whoever is on two cases is one."""
    way_register("case", lambda recordings: (
        AccessGrant.objects.filter(
            subject_kind=RECORDING, subject_id__in=recordings, source_kind=KIND, revoked_at=None
        ).order_by().values("grantee_id").distinct().count()
    ))  # fmt: skip
