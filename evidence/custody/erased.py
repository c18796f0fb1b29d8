"""What was erased, and under what authority: read wherever texts of the record are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evidence.custody.canonical import time_text
from evidence.custody.models import AuthorityKind, Erasure

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Authority:
    """By what a text may be erased. `reference` is the number of the order or decision, no name and no sentence."""

    kind: AuthorityKind
    reference: str

    @property
    def words(self) -> str:
        """'Court order T20267001'."""
        return f"{self.kind.label} {self.reference}"


@dataclass(frozen=True, slots=True)
class Erased:
    """When a text was erased, and under what authority ('Court order T20267001')."""

    at: datetime
    authority: str

    @property
    def facts(self) -> dict[str, str]:
        """As it stands in exports and on discs."""
        return {"at": time_text(self.at), "authority": self.authority}


def erasures_of(events: Sequence[UUID]) -> dict[UUID, dict[str, Erased]]:
    """By event and field, what was erased; events of which nothing was are left out."""
    found: dict[UUID, dict[str, Erased]] = {}
    for start in range(0, len(events), _AT_ONCE):
        for row in Erasure.objects.filter(event__in=events[start : start + _AT_ONCE]).order_by("id"):
            authority = Authority(AuthorityKind(row.authority), row.reference)
            found.setdefault(row.event, {})[row.field] = Erased(row.at, authority.words)
    return found
