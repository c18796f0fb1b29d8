"""Who may end or change what was shared: whoever shared it, and everybody who could share or disclose the item.

Sharing and disclosing themselves are rights on the recording (`recordings.policy`), and so is what suspends a share or
a link while it is restricted; a link gives its holder no right here at all, it is checked by `queries.link_live`.
"""

from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right
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


def may_see_all(who: Who, recording: Recording, right: Right) -> bool:
    """Whether `who` sees everything of a kind that was shared of a recording, not only their own."""
    return any(RECORDINGS.decide(who, each, recording) for each in (right, Right.RESTRICT, Right.CUSTODY))


def _rule(who: Who, recording: Recording, right: Right) -> str:
    # who keeps the list of a restricted recording ends what was shared before it was restricted
    keeps = RECORDINGS.decide(who, Right.RESTRICT, recording)
    return keeps.rule if keeps else RECORDINGS.require(who, right, recording).rule


def _is_self(who: Who) -> bool:
    return who.is_person and who.is_active and bool(who.roles)
