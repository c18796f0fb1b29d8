"""The second person's signature: under the whole list as it stands, by somebody who did not make the copy."""

from django.utils import timezone

from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.recordings.subjects import subject_of
from evidence.signoff.errors import ListChanged, LookStopped, NotWatched, PlacesToCover, PlacesUndecided
from evidence.signoff.models import Look, LookState, SignOff
from evidence.signoff.policy import SIGN_OFFS, Right
from evidence.signoff.queries import listed, look_of, watched_ms
from evidence.signoff.services.deciding import look_hold

NOTE_MAX = 500


def look_sign(*, who: Who, look: Look, list_sha256: str, has_watched: bool, note: str = "") -> SignOff:
    """Sign a list. `list_sha256`: of the list that the signer read; `has_watched`: they say they watched the copy.

    Raises:
        Denied: not for this person, and never for who made the copy.
        ListSigned, LookUnderWay, LookStopped: there is nothing to sign, or not yet, or not any more.
        ListChanged: it is not the list that was read, or a newer look counts.
        PlacesUndecided, PlacesToCover: people are not done with it.
        NotWatched: the signer does not say that they watched.
    """
    said = note.strip()[:NOTE_MAX]
    with act(actor=who.actor, reason=Reason(text=said or None)) as deed:
        SIGN_OFFS.require(who, Right.SEE, look.copy)
        rule = SIGN_OFFS.require(who, Right.SIGN, look.copy).rule
        held = look_hold(look)
        if held.state == LookState.CANCELLED:
            raise LookStopped
        told = listed(held)
        if look_of(held.copy) != held or told.sha256 != list_sha256:
            raise ListChanged
        if told.undecided:
            raise PlacesUndecided(told.undecided)
        if told.to_cover:
            raise PlacesToCover(told.to_cover)
        if not has_watched:
            raise NotWatched
        watched = watched_ms(who.person_id, held.copy)
        data = {
            "look": str(held.id), "number": held.number, "state": str(held.state), "places": len(told.places),
            "list_sha256": told.sha256, "watched_ms": watched,
        }  # fmt: skip
        event = deed.record(Verb.COPY_SIGNED_OFF, subject_of(held.copy, told.file), rule=rule, data=data)
        return SignOff.objects.create(
            look=held, signed_by=Person.objects.get(pk=who.person_id), signed_at=timezone.now(),
            list_sha256=told.sha256, watched_ms=watched, note=said, event=event,
        )  # fmt: skip
