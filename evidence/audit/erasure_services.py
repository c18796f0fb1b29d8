"""Proposing to erase texts of the custody record, and deciding it: two evidence managers, each step an event.

What is erased is what the proposal names when it is made, text by text; what is written afterwards needs a proposal of
its own. The rule 'nobody approves their own' is asked here for people and again below, by custody and by the database.
"""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from evidence.audit.erasure_errors import (
    ErasureDecided,
    ErasureMissing,
    NothingToErase,
    NotSealedYet,
    OwnName,
    OwnProposal,
)
from evidence.audit.policy import erasure_require
from evidence.audit.subjects import RECORD
from evidence.custody.choosing import Text, names_person
from evidence.custody.erasing import Authority, texts_erase
from evidence.custody.errors import ErasureEmpty, ErasureTooEarly
from evidence.custody.models import AuthorityKind, ErasureItem, ErasureProposal, ErasureState
from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.who import Who


def erasure_propose(*, who: Who, authority: Authority, reason: str, chosen: Sequence[Text]) -> ErasureProposal:
    """Name what is to be erased and by what authority; nothing is erased yet.

    Raises:
        Denied: not for this person.
        NothingToErase: nothing was chosen.
        OwnName: the person's own name is among it.
    """
    with act(actor=who.actor, reason=Reason(text=reason)) as deed:
        rule = erasure_require(who)
        if not chosen:
            raise NothingToErase
        _not_about(who, chosen)
        proposal = ErasureProposal(
            authority=authority.kind, reference=authority.reference, proposed_by=who.person_id,
            proposed_at=timezone.now(),
        )  # fmt: skip
        proposal.event = deed.record(Verb.ERASURE_PROPOSED, RECORD, rule=rule, data=_data(proposal, len(chosen)))
        proposal.save(force_insert=True)
        ErasureItem.objects.bulk_create(
            [ErasureItem(proposal=proposal, event=text.event, field=text.field) for text in chosen]
        )
    return proposal


def erasure_approve(*, who: Who, proposal_id: UUID) -> int:
    """Erase what the proposal names; returns how many texts that were.

    Raises:
        Denied: not for this person.
        OwnProposal, OwnName: this person has to leave it to others.
        ErasureMissing, ErasureDecided, NotSealedYet, NothingToErase.
    """
    with act(actor=who.actor):
        rule = erasure_require(who)
        proposal = _open(proposal_id)
        if proposal.proposed_by == who.person_id:
            raise OwnProposal
        chosen = [Text(item.event, item.field) for item in proposal.items.all()]
        _not_about(who, chosen)
        try:
            erased = texts_erase(
                actor=who.actor, rule=rule, authority=Authority(AuthorityKind(proposal.authority), proposal.reference),
                proposal=proposal.id, proposed_by=proposal.proposed_by, chosen=chosen,
            )  # fmt: skip
        except ErasureTooEarly as early:
            raise NotSealedYet(str(early)) from early
        except ErasureEmpty as empty:
            raise NothingToErase from empty
        _decided(proposal, who, ErasureState.DONE)
    return erased


def erasure_refuse(*, who: Who, proposal_id: UUID, reason: str) -> None:
    """Decide that nothing is erased; who proposed it may withdraw it like this.

    Raises:
        Denied: not for this person.
        ErasureMissing, ErasureDecided.
    """
    with act(actor=who.actor, reason=Reason(text=reason)) as deed:
        rule = erasure_require(who)
        proposal = _open(proposal_id)
        _decided(proposal, who, ErasureState.REFUSED)
        deed.record(
            Verb.ERASURE_REFUSED, RECORD, rule=rule, follows=proposal.event,
            data=_data(proposal, proposal.items.count()),
        )  # fmt: skip


def erasure_read(*, who: Who, proposal_id: UUID) -> ErasureProposal:
    """A proposal with the lines it names; that it was read is an event.

    Raises:
        Denied: not for this person.
        ErasureMissing.
    """
    with act(actor=who.actor) as deed:
        rule = erasure_require(who)
        proposal = ErasureProposal.objects.filter(pk=proposal_id).first()
        if proposal is None:
            raise ErasureMissing
        deed.record(Verb.ERASURE_READ, RECORD, rule=rule, data=_data(proposal, proposal.items.count()))
    return proposal


def _open(proposal_id: UUID) -> ErasureProposal:
    # all that are open, in one order: two approvals that share a text wait for each other
    waiting = ErasureProposal.objects.select_for_update().filter(state=ErasureState.OPEN).order_by("id")
    found = {proposal.id: proposal for proposal in waiting}
    if proposal_id in found:
        return found[proposal_id]
    raise ErasureDecided if ErasureProposal.objects.filter(pk=proposal_id).exists() else ErasureMissing


def _decided(proposal: ErasureProposal, who: Who, state: ErasureState) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, who.person_id, timezone.now()
    proposal.save(update_fields=["state", "decided_by", "decided_at"])


def _not_about(who: Who, chosen: Sequence[Text]) -> None:
    if names_person(chosen, who.person_id):
        raise OwnName


def _data(proposal: ErasureProposal, texts: int) -> dict[str, object]:
    return {
        "proposal": str(proposal.id), "texts": texts, "authority": str(proposal.authority),
        "reference": proposal.reference,
    }  # fmt: skip
