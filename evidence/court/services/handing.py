"""Handing discs out: downloading an image, burning one. Each is a disclosure of every item on the disc.

The right is asked again each time: an item that was restricted after its disc was made must not leave any more.
"""

from uuid import UUID

from evidence.court.models import Disc
from evidence.court.services.asking import disclose_require, kept_in
from evidence.court.subjects import disc_subject, exhibits_told, item_subjects, recipient_of
from evidence.custody.intents import intent_end
from evidence.custody.parties import Reason
from evidence.custody.services import Act, act
from evidence.custody.verbs import Outcome, Verb
from evidence.identity.errors import Denied
from evidence.identity.models import Person
from evidence.identity.policy import Decision
from evidence.identity.who import Who, who_is
from evidence.recordings.errors import MayNotLeave
from evidence.vault.services import object_readable_require


def disc_download(*, who: Who, disc: Disc) -> Disc:
    """Give out an image. Every request is written, ranges too: who fetches it in pieces has fetched it.

    Raises:
        Denied: no right to the case's discs, or to disclose an item on it (any more).
        ObjectDestroyed, ObjectQuarantined: its image is not given to anybody.
    """
    with act(actor=who.actor, reason=Reason(text=disc.disc_set.reason)) as deed:
        decision = hand_out_require(who, disc)
        object_readable_require(disc.image)
        _record(deed, disc, Verb.DISC_DOWNLOADED, decision.rule)
        _items_record(deed, disc, decision.rule)
    return disc


def burn_begin(*, who: Who, disc: Disc, is_drive: bool, is_asserted: bool = False) -> UUID:
    """Before the first byte is burned: what is about to be done. Returns the intent: burn inside `intent_kept` of it,
    then tell `burn_end`. `is_asserted`: nobody signed in, the person's name was given at a terminal.

    Raises:
        Denied: as `disc_download`.
    """
    with act(actor=who.actor, reason=Reason(text=disc.disc_set.reason)) as deed:
        decision = hand_out_require(who, disc)
        extra: dict[str, object] = {"is_drive": is_drive, **({"asserted": True} if is_asserted else {})}
        return _record(deed, disc, Verb.DISC_BURNED, decision.rule, outcome=Outcome.INTENT, extra=extra)


def burn_end(*, who: Who, disc: Disc, intent: UUID, failure_code: str = "") -> None:
    """How the burning ended: read back and right, or failed for the reason that `failure_code` names.

    The right was asked at the beginning and is not asked again: what happened, happened, also when it is told after a
    sweep took the burning for abandoned.
    """
    outcome = Outcome.FAILED if failure_code else Outcome.DONE
    extra: dict[str, object] = {"code": failure_code} if failure_code else {"is_read_back": True}
    with act(actor=who.actor, reason=Reason(text=disc.disc_set.reason)) as deed:
        _record(deed, disc, Verb.DISC_BURNED, "burn:outcome", outcome=outcome, follows=intent_end(intent), extra=extra)
        if outcome == Outcome.DONE:
            _items_record(deed, disc, "burn:outcome")


def hand_out_require(who: Who, disc: Disc) -> Decision:
    """The right to hand this disc out.

    Raises:
        Denied: as `disc_download`.
        MayNotLeave: a rule of the force keeps an exhibit in, that did not when the disc was made.
    """
    return disclose_require(who, disc.disc_set.case, exhibits_told(disc))


def disc_kept(disc: Disc) -> str:
    """Why a rule of the force keeps this disc in, and what to do; '' where none does."""
    return kept_in(exhibits_told(disc))


def may_hand_out(*, person_id: UUID, disc: Disc) -> bool:
    """Whether that person may hand this disc out now, by the posts they hold now."""
    try:
        hand_out_require(who_is(Person.objects.get(pk=person_id)), disc)
    except (Denied, MayNotLeave):
        return False
    return True


def _record(
    deed: Act, disc: Disc, verb: Verb, rule: str, *, outcome: Outcome = Outcome.DONE, follows: UUID | None = None,
    extra: dict[str, object] | None = None,
) -> UUID:  # fmt: skip
    data = {"disc": str(disc.id), "disc_set": str(disc.disc_set_id), "image_sha256": disc.image.sha256}
    return deed.record(
        verb, disc_subject(disc.disc_set.case, disc), rule=rule, recipients=(recipient_of(disc.disc_set),),
        outcome=outcome, follows=follows, data={**data, **(extra or {})},
    )  # fmt: skip


def _items_record(deed: Act, disc: Disc, rule: str) -> None:
    for item in item_subjects(disc):
        deed.record(
            Verb.ITEM_DISC_DISCLOSED, item, rule=rule, recipients=(recipient_of(disc.disc_set),),
            data={"disc": str(disc.id), "image_sha256": disc.image.sha256},
        )  # fmt: skip
