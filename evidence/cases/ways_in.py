"""What this room makes of recordings that others must ask about: ways in that a restriction suspends, and exhibits."""

from evidence.cases.models import Exhibit
from evidence.cases.policy import KIND
from evidence.identity.models import AccessGrant
from evidence.recordings.policy import KIND as RECORDING
from evidence.recordings.uses import use_register
from evidence.recordings.ways_in import way_register


def ways_register() -> None:
    """Add the way of this room, counted in people: whoever is on two cases is one."""
    way_register("case", lambda recordings: (
        AccessGrant.objects.filter(
            subject_kind=RECORDING, subject_id__in=recordings, source_kind=KIND, revoked_at=None
        ).order_by().values("grantee_id").distinct().count()
    ))  # fmt: skip


def uses_register() -> None:
    """Say what an exhibit is, withdrawn or not: a recording that takes no further part."""
    use_register("exhibit", lambda recording: Exhibit.objects.filter(recording=recording).exists())
