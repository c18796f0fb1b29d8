"""Links for people outside: made, ended, extended. Opening them is in `opening`, the mail in `letters`.

The token is returned once, by `link_create`, and cannot be had again: only its hash stays.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from evidence.custody.parties import Reason
from evidence.custody.parties import Recipient as To
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.http.sites import site_url
from evidence.identity.errors import ReasonMissing
from evidence.identity.who import Who
from evidence.recordings.leaving import leaving_require
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.services.playback import playable_files, playback_close
from evidence.recordings.subjects import subject_of
from evidence.sharing.errors import LinkMade, ShareOver, TermsInvalid
from evidence.sharing.expiry import until_check
from evidence.sharing.models import LetterKind, Link, Recipient
from evidence.sharing.policy import extension_rule, link_rule, listed_by
from evidence.sharing.services.letters import letter_write
from evidence.sharing.tokens import token_digest, token_new


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTerms:
    """To whom, why, until when and how. `message` is for the recipient; they are shown `reason` too."""

    recipient_name: str
    reason: str
    expires_at: datetime
    organisation: str = ""
    email: str = ""
    may_download: bool = False
    needs_code: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class LinkCreated:
    """A new link and its address, which is shown this once."""

    link: Link
    url: str


def link_terms_check(*, who: Who, recording: Recording, terms: LinkTerms) -> str:
    """Whether a link could be made like this: for the page that asks once more before disclosure. Returns the rule.

    Raises:
        Denied: no right to disclose it.
        ReasonMissing, TermsInvalid: what is missing or cannot be.
        NotPlayable: there is nothing to show yet.
        MayNotLeave: a rule of the force keeps it in.
    """
    decision = RECORDINGS.require(who, Right.DISCLOSE, recording)
    leaving_require(recording)
    if not terms.reason.strip():
        raise ReasonMissing
    if not terms.recipient_name.strip():
        raise TermsInvalid("recipient_name", "Enter the name of the person it is for.")
    until_check(terms.expires_at, "expires")
    if terms.needs_code and not terms.email.strip():
        raise TermsInvalid("email", "Enter their e-mail address: the one-time code is sent there.")
    if terms.email.strip():
        _email_check(terms.email.strip())
    playable_files(recording)
    return decision.rule


def _email_check(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as invalid:
        raise TermsInvalid("email", "Enter an e-mail address like name@example.org.") from invalid


def link_create(*, who: Who, recording: Recording, terms: LinkTerms, identifier: UUID | None = None) -> LinkCreated:
    """Make a link to one item for one recipient, and mail it to them where an address is given.

    `identifier`: the link's id, chosen by the form, so that a form sent twice makes one link.

    Raises:
        Denied, ReasonMissing, TermsInvalid, NotPlayable, MayNotLeave: as `link_terms_check`.
        LinkMade: there is a link with this identifier.
    """
    token = token_new()
    url = site_url("share", f"/{token}/")
    with act(actor=who.actor, reason=Reason(text=terms.reason.strip() or None)) as deed:
        rule = link_terms_check(who=who, recording=recording, terms=terms)
        link = _saved(who, recording, terms, identifier or uuid4(), digest=token_digest(token), rule=rule)
        deed.record(
            Verb.LINK_CREATED, subject_of(recording, *playable_files(recording)), rule=rule,
            recipients=(recipient_of(link),), data=_terms_data(link),
        )  # fmt: skip
        if link.recipient.email:
            letter_write(link=link, kind=LetterKind.INVITATION, secret=url, send_by_at=link.expires_at, actor=who.actor)
    return LinkCreated(link, url)


def _saved(who: Who, recording: Recording, terms: LinkTerms, identifier: UUID, *, digest: str, rule: str) -> Link:
    if Link.objects.filter(pk=identifier).exists():
        raise LinkMade
    recipient = Recipient(
        name=terms.recipient_name.strip(), organisation=terms.organisation.strip(), email=terms.email.strip()
    )
    recipient.full_clean()
    recipient.save()
    link = Link(
        id=identifier, recording=recording, recipient=recipient, token_sha256=digest, made_by_id=who.person_id,
        may_download=terms.may_download, needs_code=terms.needs_code, reason=terms.reason.strip(),
        message=terms.message.strip(), expires_at=terms.expires_at, listed_by_id=listed_by(who, recording, rule),
    )  # fmt: skip
    link.full_clean()
    try:
        with transaction.atomic():
            link.save(force_insert=True)
    except IntegrityError as taken:
        raise LinkMade from taken
    return link


def recipient_of(link: Link) -> To:
    """The link's recipient, as an event names them."""
    return To(kind="recipient", id=link.recipient_id, name=str(link.recipient))


def _terms_data(link: Link) -> dict[str, object]:
    return {
        "link": str(link.id), "until": int(link.expires_at.timestamp()), "may_download": link.may_download,
        "needs_code": link.needs_code,
    }  # fmt: skip


def link_revoke(*, who: Who, link: Link) -> None:
    """End a link now; a viewing that is open stops within a minute.

    Raises:
        Denied: somebody else's, to an item one may not disclose.
        ShareOver: it was ended before.
    """
    with act(actor=who.actor) as deed:
        rule = link_rule(who, link)
        if not Link.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise ShareOver
        for opening in link.openings.filter(playback__closed_at=None).select_related("playback"):
            playback_close(session=opening.playback)
        deed.record(
            Verb.LINK_REVOKED, subject_of(link.recording), rule=rule, recipients=(recipient_of(link),),
            data={"link": str(link.id)},
        )  # fmt: skip


def link_extend(*, who: Who, link: Link, expires_at: datetime) -> Link:
    """Move a link's end, also of one that has run out; its address stays. Takes the right to disclose the item, for it
    is disclosed again: while it is restricted, a link from before opens by the place of whoever extends it.

    Raises:
        Denied: no right to disclose it.
        TermsInvalid: the time has passed or is over a year away.
        ShareOver: it was revoked.
        MayNotLeave: a rule of the force keeps it in.
    """
    with act(actor=who.actor, reason=Reason(text=link.reason)) as deed:
        rule = extension_rule(who, link)
        leaving_require(link.recording)
        until_check(expires_at, "expires")
        answers = listed_by(who, link.recording, rule)
        if not Link.objects.filter(pk=link.pk, revoked_at=None).update(expires_at=expires_at, listed_by=answers):
            raise ShareOver
        link.refresh_from_db()
        deed.record(
            Verb.LINK_EXTENDED, subject_of(link.recording), rule=rule, recipients=(recipient_of(link),),
            data=_terms_data(link),
        )  # fmt: skip
    return link
