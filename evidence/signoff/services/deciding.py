"""What a person says of one place: acceptable, and why; or it must be redacted. It may change until signed."""

from django.utils import timezone

from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.recordings.queries import original_file
from evidence.recordings.subjects import subject_of
from evidence.signoff.errors import ListSigned, LookUnderWay, PlaceReasonMissing
from evidence.signoff.models import Decision, Look, LookState, Place, SignOff
from evidence.signoff.policy import SIGN_OFFS, Right
from evidence.signoff.queries import place_of

REASON_MAX = 500


def place_decide(*, who: Who, look: Look, number: int, decision: Decision, reason: str = "") -> Place:
    """Say of a place that it is acceptable (`reason` needed) or must be redacted; in place of what was said before.

    Raises:
        Denied: not for this person.
        LookMissing: no such place.
        LookUnderWay, ListSigned: the list is not complete yet, or does not change any more.
        PlaceReasonMissing: acceptable, but not why.
    """
    said = reason.strip()[:REASON_MAX]
    with act(actor=who.actor, reason=Reason(text=said or None)) as deed:
        SIGN_OFFS.require(who, Right.SEE, look.copy)
        rule = SIGN_OFFS.require(who, Right.DECIDE, look.copy).rule
        held = look_hold(look)
        place = place_of(held, number)
        if decision == Decision.ACCEPTABLE and not said:
            raise PlaceReasonMissing
        place.decision, place.reason = decision, said
        place.decided_by, place.decided_at = Person.objects.get(pk=who.person_id), timezone.now()
        place.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
        deed.record(
            Verb.PLACE_DECIDED, subject_of(held.copy, original_file(held.copy)), rule=rule,
            data={"look": str(held.id), "place": number, "decision": decision.value},
        )  # fmt: skip
    return place


def look_hold(look: Look) -> Look:
    """The look, locked for the caller's transaction, open to decisions and signing: one after the other.

    Raises:
        LookUnderWay, ListSigned.
    """
    held = Look.objects.select_for_update(of=("self",)).select_related("copy").get(pk=look.pk)
    if SignOff.objects.filter(look=held).exists():
        raise ListSigned
    if held.state == LookState.WAITING:
        raise LookUnderWay
    return held
