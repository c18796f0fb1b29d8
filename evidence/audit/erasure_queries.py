"""Proposals to erase texts of the record, as pages show them: who, when, what, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from evidence.audit.policy import is_withheld
from evidence.custody.erasing import Authority
from evidence.custody.models import AuthorityKind, ErasureProposal, ErasureState, Event
from evidence.custody.queries import lines
from evidence.custody.words import line_words
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.recordings.reasons import LABELS

LINES_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A proposal in words. `texts`: how many it names."""

    proposal: ErasureProposal
    authority: str
    proposed_by: str
    decided_by: str
    texts: int

    @property
    def state(self) -> str:
        """What became of it."""
        return ErasureState(self.proposal.state).label

    @property
    def is_open(self) -> bool:
        """Whether it waits for a second person."""
        return self.proposal.state == ErasureState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The lines of the record that a proposal names: some in words, how many more, and how many are withheld."""

    shown: list[str]
    more: int
    withheld: int


def proposals() -> QuerySet[ErasureProposal]:
    """All of them, newest first, with the number of texts (`texts`)."""
    return ErasureProposal.objects.annotate(texts=Count("items")).order_by("-proposed_at", "-id")


def proposals_told(found: Iterable[ErasureProposal]) -> list[Told]:
    """In words; each has `texts`, as `proposals` gives them."""
    rows = list(found)
    wanted = {person for row in rows for person in (row.proposed_by, row.decided_by) if person}
    names = {person.id: person.label for person in Person.objects.filter(pk__in=wanted)}
    return [
        Told(
            proposal=row, authority=Authority(AuthorityKind(row.authority), row.reference).words,
            proposed_by=names.get(row.proposed_by, ""), texts=row.texts,  # type: ignore[attr-defined]
            decided_by=names.get(row.decided_by, "") if row.decided_by else "",
        )
        for row in rows
    ]  # fmt: skip


def reason_of(proposal: ErasureProposal) -> str:
    """Why it was proposed, as it stands in the record."""
    return next((line.reason_text for line in lines(Event.objects.filter(uuid=proposal.event))), "")


def covered_by(who: Who, proposal: ErasureProposal) -> Covered:
    """What it names, as far as this reader may see it; which fields of a line is part of the words."""
    fields: dict[UUID, list[str]] = {}
    for event, field in proposal.items.order_by("id").values_list("event", "field"):
        fields.setdefault(event, []).append(field)
    told = lines(Event.objects.filter(uuid__in=list(fields)).order_by("position"))
    seen = [line for line in told if not is_withheld(who, line)]
    shown = [
        f"{line.body['subject']['kind'].capitalize()} {line.body['subject']['id'][:8]}, line {line.seq}: "
        f"{line_words(line, LABELS)} ({', '.join(sorted({_field_words(field) for field in fields[line.uuid]}))})"
        for line in seen[:LINES_SHOWN]
    ]
    return Covered(shown=shown, more=max(0, len(seen) - LINES_SHOWN), withheld=len(told) - len(seen))


def _field_words(field: str) -> str:
    return {"actor.name": "who did it", "reason.text": "reason"}.get(field, "who it was for")
