"""Who may end or change what was shared: whoever shared it, and everybody who could share or disclose the item.

Sharing and disclosing themselves are rights on the recording (`recordings.policy`); a link gives its holder no right
here at all, it is checked by `queries.link_live`.
"""

from evidence.identity.who import Who
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
    # who keeps the list of a restricted recording ends what was shared before it was restricted
    keeps = RECORDINGS.decide(who, Right.RESTRICT, share.recording)
    return keeps.rule if keeps else RECORDINGS.require(who, Right.SHARE, share.recording).rule


def link_rule(who: Who, link: Link) -> str:
    """The rule by which `who` may end the link.

    Raises:
        Denied: there is none.
    """
    if _is_self(who) and link.made_by_id == who.id:
        return MADE_LINK
    return RECORDINGS.require(who, Right.DISCLOSE, link.recording).rule


def _is_self(who: Who) -> bool:
    return who.is_person and who.is_active and bool(who.roles)
