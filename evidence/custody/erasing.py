"""Erasing the text behind commitments under a stated authority, by two people; the record itself stays whole.

Salt and text go; the commitment in the event's body stays, and with it the leaf, the tree and every proof. Who may
propose and approve is asked by the rooms above; that they are two people is seen to here and by the database. A
newcomer's trap: copies of a text elsewhere (rows of other rooms, discs, exports, backups) are not touched by this.
"""

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from evidence.custody.checkpoints import sealed
from evidence.custody.choosing import Text
from evidence.custody.erased import Authority, Erased, erasures_of
from evidence.custody.errors import ErasureByOne, ErasureEmpty, ErasureTooEarly
from evidence.custody.models import Commitment, Erasure, Event
from evidence.custody.parties import Actor, Subject
from evidence.custody.services import act
from evidence.custody.verbs import Verb

__all__ = ["Authority", "Erased", "Text", "erasures_of", "texts_erase"]
_AT_ONCE = 500


def texts_erase(
    *, actor: Actor, rule: str, authority: Authority, proposal: UUID, proposed_by: UUID, chosen: Collection[Text]
) -> int:
    """Delete salt and text of those of the chosen commitments that are still there; returns how many that were.

    `actor` approves, `proposed_by` is the person who proposed it as `proposal`. Each event of which something is erased
    is followed by an event on its subject, in the same transaction.

    Raises:
        ErasureByOne: nobody but the one who proposed it approves.
        ErasureTooEarly: an event is not under a signed checkpoint yet, so its commitment is not proved.
        ErasureEmpty: nothing of it is there any more.
    """
    if actor.id is None or actor.id == proposed_by:
        raise ErasureByOne("Whoever proposes an erasure does not approve it. Ask another evidence manager.")
    with act(actor=actor) as deed:
        there = _there(chosen)
        if not there:
            raise ErasureEmpty("All of these texts have been erased already. Refuse this proposal.")
        _sealed_require(list(there))
        now = timezone.now()
        rows = [
            Erasure(
                event=event, field=field, at=now, authority=authority.kind, reference=authority.reference,
                proposed_by=proposed_by, approved_by=actor.id,
            )
            for event, fields in there.items() for field in sorted(fields)
        ]  # fmt: skip
        Erasure.objects.bulk_create(rows)
        keys = [key for fields in there.values() for key in fields.values()]
        for start in range(0, len(keys), _AT_ONCE):
            Commitment.objects.filter(pk__in=keys[start : start + _AT_ONCE]).delete()
        for event in Event.objects.filter(uuid__in=list(there)).order_by("position"):
            deed.record(
                Verb.TEXT_ERASED, Subject(event.subject_kind, event.subject_id), rule=rule, follows=event.uuid,
                data={
                    "line": event.subject_seq, "fields": sorted(there[event.uuid]), "authority": authority.kind.value,
                    "reference": authority.reference, "proposal": str(proposal), "proposed_by": str(proposed_by),
                },
            )  # fmt: skip
    return len(rows)


def _there(chosen: Collection[Text]) -> dict[UUID, dict[str, int]]:
    """By event and field, the rows that are still there."""
    wanted, found = set(chosen), dict[UUID, dict[str, int]]()
    events = sorted({text.event for text in wanted})
    for start in range(0, len(events), _AT_ONCE):
        rows = Commitment.objects.filter(event__in=events[start : start + _AT_ONCE]).order_by("id")
        for key, event, field in rows.values_list("pk", "event", "field"):
            if Text(event, field) in wanted:
                found.setdefault(event, {})[field] = key
    return found


def _sealed_require(events: list[UUID]) -> None:
    if early := len(set(events) - sealed(events)):
        raise ErasureTooEarly(
            f"{early} of these events are not sealed yet: what is erased before could never be proved to have been "
            "what it says. Sealing takes seconds; if it does not come, the sequencer does not run. Then try again."
        )
