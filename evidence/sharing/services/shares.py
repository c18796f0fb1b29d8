"""Sharing with a colleague: a grant on one item, for a reason, until a time; it never reaches the item's parent."""

from datetime import datetime

from django.utils import timezone

from evidence.custody.parties import Reason, Recipient
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import Person
from evidence.identity.people import is_serving
from evidence.identity.services import grant_give, grants_revoke
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import KIND, RECORDINGS, Right
from evidence.recordings.subjects import subject_of
from evidence.sharing.errors import ShareOver, ShareThere, TermsInvalid
from evidence.sharing.expiry import until_check
from evidence.sharing.models import Share
from evidence.sharing.policy import share_rule
from evidence.sharing.queries import shares_standing

SOURCE = "share"


def share_give(*, who: Who, recording: Recording, to: Person, reason: str, until_at: datetime) -> Share:
    """Let a colleague watch an item until a time. They find it in their queue.

    Raises:
        Denied: no right to share it.
        ReasonMissing: none was given.
        TermsInvalid: the time has passed or is over a year away; they hold no post; it is oneself.
        ShareThere: they have it already, from the same person; what others shared is not told.
    """
    if not reason.strip():
        raise ReasonMissing
    with act(actor=who.actor, reason=Reason(text=reason.strip())) as deed:
        decision = RECORDINGS.require(who, Right.SHARE, recording)
        until_check(until_at)
        _recipient_check(who, to)
        # one share at a time from one person: two at once cannot both find that there is none yet
        Recording.objects.select_for_update().get(pk=recording.pk)
        there = shares_standing().filter(recording=recording, to=to, shared_by_id=who.person_id).first()
        if there is not None:
            until = timezone.localtime(there.until_at)
            raise ShareThere(
                f"{to.label} has it from you already, until {until.day} {until:%B %Y}. End that share to change it."
            )
        share = Share(
            recording=recording, to=to, shared_by_id=who.person_id, reason=reason.strip(), until_at=until_at
        )  # fmt: skip
        share.grant = grant_give(
            subject_kind=KIND, subject_id=recording.id, grantee=to, granted_by=Person.objects.get(pk=who.person_id),
            reason=share.reason, source_kind=SOURCE, source_id=share.id, until_at=until_at,
        )  # fmt: skip
        share.full_clean()
        share.save()
        deed.record(
            Verb.GRANT_GIVEN, subject_of(recording), rule=decision.rule,
            recipients=(Recipient(kind="person", id=to.id, name=to.label),),
            data={"grant": str(share.grant_id), "source": SOURCE, "until": int(until_at.timestamp())},
        )  # fmt: skip
    return share


def _recipient_check(who: Who, to: Person) -> None:
    if to.id == who.person_id:
        raise TermsInvalid("to", "This is you. Choose the colleague it is for.")
    if not is_serving(to):
        raise TermsInvalid("to", f"{to.label} holds no post now. Choose somebody who serves.")


def share_revoke(*, who: Who, share: Share) -> None:
    """End a share; a viewing that is open stops within a minute.

    Raises:
        Denied: somebody else's, of an item one may not share.
        ShareOver: it was ended before.
    """
    with act(actor=who.actor) as deed:
        rule = share_rule(who, share)
        if not Share.objects.filter(pk=share.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise ShareOver
        for grant in grants_revoke(source_kind=SOURCE, source_id=share.id):
            deed.record(
                Verb.GRANT_REVOKED, subject_of(share.recording), rule=rule,
                data={"grant": str(grant.id), "source": SOURCE},
            )  # fmt: skip
