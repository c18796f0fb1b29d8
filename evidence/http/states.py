"""The words, shapes and colours of every state a person can see on a page.

A state is never told by colour alone: each has a word and a shape of its own. Colours are the modifier names of the
tag component. A state that is not listed is a mistake of the page that shows it, so it raises.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class State:
    """`word` for people, `shape` one character drawn before it, `colour` a tag colour ('' is the plain blue)."""

    word: str
    shape: str
    colour: str


STATES: dict[str, State] = {
    "received": State(word="Received", shape="○", colour="grey"),
    "sealed": State(word="Sealed", shape="■", colour="blue"),
    "playable": State(word="Playable", shape="▶", colour="green"),
    "preparing": State(word="Being prepared", shape="◔", colour="yellow"),
    "not_playable": State(word="Not playable", shape="✕", colour="red"),
    "truncated": State(word="Incomplete file", shape="◗", colour="orange"),
    "evidential": State(word="Evidential", shape="★", colour="purple"),
    "non_evidential": State(word="Non-evidential", shape="☆", colour="grey"),
    "restricted": State(word="Restricted", shape="▲", colour="red"),
    "hold": State(word="Hold", shape="‖", colour="orange"),
    "flagged": State(word="Flagged", shape="⚑", colour="orange"),
    "untagged": State(word="To tag", shape="◇", colour="yellow"),
    "tagged": State(word="Tagged", shape="◆", colour="green"),
    "reviewed": State(word="Reviewed", shape="✓", colour="green"),
    "queued": State(word="Waiting", shape="◷", colour="grey"),
    "running": State(word="Working", shape="◔", colour="yellow"),
    "done": State(word="Done", shape="✓", colour="green"),
    "failed": State(word="Failed", shape="✕", colour="red"),
    "cancelled": State(word="Cancelled", shape="⊘", colour="grey"),
    "unknown": State(word="Not known", shape="?", colour="orange"),
    "active": State(word="Active", shape="●", colour="green"),
    "opened": State(word="Opened", shape="◉", colour="green"),
    "not_opened": State(word="Not opened yet", shape="○", colour="grey"),
    "suspended": State(word="Suspended", shape="◫", colour="orange"),
    "revoked": State(word="Revoked", shape="⊘", colour="red"),
    "expired": State(word="Expired", shape="◌", colour="grey"),
    "master": State(word="Master", shape="■", colour="blue"),
    "copy": State(word="Working copy", shape="❐", colour="teal"),
    "clip": State(word="Clip", shape="✂", colour="teal"),
    "redaction": State(word="Redaction", shape="▦", colour="teal"),
    "signed_off": State(word="Signed off", shape="✓", colour="green"),
    "not_signed_off": State(word="Not signed off", shape="○", colour="orange"),
    "undecided": State(word="Undecided", shape="?", colour="yellow"),
    "acceptable": State(word="Acceptable", shape="✓", colour="green"),
    "to_cover": State(word="Must be redacted", shape="▦", colour="red"),
    "still": State(word="Still", shape="▣", colour="teal"),
    "verified": State(word="Verified", shape="✓", colour="green"),
    "not_verified": State(word="Not verified", shape="✕", colour="red"),
    "open": State(word="Open", shape="●", colour="green"),
    "closed": State(word="Closed", shape="○", colour="grey"),
    "draft": State(word="Draft", shape="✎", colour="grey"),
    "recorded": State(word="Recorded", shape="○", colour="grey"),
    "good": State(word="Good", shape="✓", colour="green"),
    "late": State(word="Late", shape="◷", colour="orange"),
    "wrong": State(word="Wrong", shape="✕", colour="red"),
    "not_yet": State(word="Not yet", shape="○", colour="grey"),
    "not_used": State(word="Not used", shape="-", colour="grey"),
    "anchored": State(word="Anchored", shape="◆", colour="green"),
}
