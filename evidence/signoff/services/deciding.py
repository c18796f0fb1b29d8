"""What a person says of places: acceptable, and why; or to be redacted. It may change until signed.

Several can be decided with one reason. A newcomer's trap: each is a decision of its own all the same, with its own
event; what the record says does not depend on how many were ticked at once.
"""

from collections.abc import Collection

from django.utils import timezone

from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.recordings.queries import original_file
from evidence.recordings.subjects import subject_of
from evidence.signoff.errors import ListSigned, LookUnderWay, NoPlaceChosen, PlaceReasonMissing
from evidence.signoff.models import Decision, Look, LookState, Place, SignOff
from evidence.signoff.policy import SIGN_OFFS, Right
from evidence.signoff.queries import place_of

REASON_MAX = 500


def place_decide(*, who: Who, look: Look, number: int, decision: Decision, reason: str = "") -> Place:
    """Say of one place what `places_decide` says of several.

    Raises:
        As `places_decide`.
    """
    (place,) = places_decide(who=who, look=look, numbers=[number], decision=decision, reason=reason)
    return place


def places_decide(
    *, who: Who, look: Look, numbers: Collection[int], decision: Decision, reason: str = ""
) -> list[Place]:
    """Say of each place that it is acceptable (`reason` needed) or must be redacted; in place of what was said before.

    Each has its decision and its event as if it were decided alone, and all of them or none. Returns them in the order
    of the list.

    Raises:
        Denied: not for this person.
        NoPlaceChosen: `numbers` is empty.
        LookMissing: one of them is no place of the list.
        LookUnderWay, ListSigned: the list is not complete yet, or does not change any more.
        PlaceReasonMissing: acceptable, but not why.
    """
    said = reason.strip()[:REASON_MAX]
    with act(actor=who.actor, reason=Reason(text=said or None)) as deed:
        SIGN_OFFS.require(who, Right.SEE, look.copy)
        rule = SIGN_OFFS.require(who, Right.DECIDE, look.copy).rule
        held = look_hold(look)
        if not numbers:
            raise NoPlaceChosen
        places = [place_of(held, number) for number in sorted(set(numbers))]
        if decision == Decision.ACCEPTABLE and not said:
            raise PlaceReasonMissing
        person, now = Person.objects.get(pk=who.person_id), timezone.now()
        subject = subject_of(held.copy, original_file(held.copy))
        for place in places:
            place.decision, place.reason = decision, said
            place.decided_by, place.decided_at = person, now
            place.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
            data: dict[str, object] = {"look": str(held.id), "place": place.number, "decision": decision.value}
            deed.record(Verb.PLACE_DECIDED, subject, rule=rule, data=data)
    return places


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
