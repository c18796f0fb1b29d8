"""The share table as one person sees it: to whom, what, how, until when, opened or not, and what can be done now."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.sharing.models import Link, Share
from evidence.sharing.queries import is_suspended, links_of, shares_of

SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Row:
    """`state` is a key of `evidence.http.states`; `is_live`: it gives access now. `mail` says how the letter with the
    link stands."""

    item: Share | Link
    state: str
    is_live: bool
    may_end: bool
    may_extend: bool = False
    mail: str = ""
    is_mail_trouble: bool = False


def share_rows(who: Who, recording: Recording) -> list[Row]:
    """Shares with colleagues."""
    may_share = bool(
        RECORDINGS.decide(who, Right.SHARE, recording) or RECORDINGS.decide(who, Right.RESTRICT, recording)
    )
    rows = []
    for share in shares_of(who, recording):
        state = _state(share.revoked_at, share.until_at, SUSPENDED if recording.is_restricted else "active")
        may_end = state in {"active", SUSPENDED} and (may_share or share.shared_by_id == who.id)
        rows.append(Row(share, state, state == "active", may_end))
    return rows


def link_rows(who: Who, recording: Recording) -> list[Row]:
    """Links for people outside."""
    may_disclose = bool(RECORDINGS.decide(who, Right.DISCLOSE, recording))
    may_end_any = may_disclose or bool(RECORDINGS.decide(who, Right.RESTRICT, recording))
    rows = []
    for link in links_of(who, recording):
        opened = "opened" if link.opened_count else "not_opened"
        state = _state(link.revoked_at, link.expires_at, SUSPENDED if is_suspended(link) else opened)
        is_live = state in {"opened", "not_opened"}
        may_end = link.revoked_at is None and (may_end_any or link.made_by_id == who.id)
        mail, is_trouble = _mail(link)
        rows.append(Row(link, state, is_live, may_end, link.revoked_at is None and may_disclose, mail, is_trouble))
    return rows


def _state(revoked_at: datetime | None, until_at: datetime, standing: str) -> str:
    if revoked_at is not None:
        return "revoked"
    if until_at <= timezone.now():
        return "expired"
    return standing


def _mail(link: Link) -> tuple[str, bool]:
    letter = next(iter(link.letters.all()), None)  # prefetched, newest first
    if letter is None:
        return "Not mailed: no address was given.", False
    if letter.sent_at is not None:
        return f"Mailed to {letter.to}.", False
    if letter.failed_at is not None:
        return f"The mail to {letter.to} was not sent. {letter.trouble}", True
    return f"The mail to {letter.to} is on its way.", False
