"""Who may end or change what was shared: whoever shared it, and everybody who could share or disclose the item.

Sharing and disclosing themselves are rights on the recording (`recordings.policy`), and so is what suspends a share or
a link while it is restricted (`opens` says which links are not); a link gives its holder no right here at all, it is
checked by `queries.link_live`.
"""

from uuid import UUID

from django.db.models import F, Q

from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import LIST_DISCLOSE, RECORDINGS, Right, beyond_list, on_list
from evidence.sharing.models import Link, Share

SHARED_IT = "shared-it"
MADE_LINK = "made-link"
LINK = "link"
"""Rule under which a recipient watches."""


def share_rule(who: Who, share: Share) -> str:
    """The rule by which `who` may end the share.

    Raises:
        Denied: there is none.
    """
    if _is_self(who) and share.shared_by_id == who.id:
        return SHARED_IT
    return _rule(who, share.recording, Right.SHARE)


def link_rule(who: Who, link: Link) -> str:
    """The rule by which `who` may end the link.

    Raises:
        Denied: there is none.
    """
    if _is_self(who) and link.made_by_id == who.id:
        return MADE_LINK
    return _rule(who, link.recording, Right.DISCLOSE)


def extension_rule(who: Who, link: Link) -> str:
    """The rule by which `who` may move the link's end: whoever may disclose the item, for that discloses it again.

    Raises:
        Denied: there is none.
    """
    return RECORDINGS.require(who, Right.DISCLOSE, link.recording).rule


def opens() -> Q:
    """Links that no restriction suspends: to what is not restricted, and those that somebody answers for who is on the
    access list with the right to disclose. Taken off the list, their links are suspended with the others."""
    return beyond_list("recording__") | on_list("may_disclose", F("listed_by_id"), "recording__")


def listed_by(who: Who, recording: Recording, rule: str) -> UUID | None:
    """Who answers for a link that is disclosed now under this rule, as `Link.listed_by` keeps it."""
    is_restricted = Recording.objects.filter(pk=recording.pk, is_restricted=True).exists()
    return who.person_id if is_restricted and rule == LIST_DISCLOSE.code else None


def _rule(who: Who, recording: Recording, right: Right) -> str:
    # who keeps the list of a restricted recording ends what was shared before it was restricted
    keeps = RECORDINGS.decide(who, Right.RESTRICT, recording)
    return keeps.rule if keeps else RECORDINGS.require(who, right, recording).rule


def _is_self(who: Who) -> bool:
    return who.is_person and who.is_active and bool(who.roles)
