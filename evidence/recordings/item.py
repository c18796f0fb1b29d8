"""What every page of one recording has in common: who it is (identity bar), how it stands (tags), where to go (tabs).

Rooms above show their own tab in the same frame: their template extends `recordings/item.html`, their view hands in
`item_context(...)`. A newcomer's trap: a tab is only shown where its right is given, but the view behind it asks again.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from evidence.http.templatetags.words import duration, when
from evidence.identity.who import Who
from evidence.recordings.marks import marks_of
from evidence.recordings.models import Kind, Recording, State
from evidence.recordings.opening import opening_reason
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import parts_of

STATE_TAGS = {
    State.SEALED: "sealed", State.PREPARING: "preparing", State.PLAYABLE: "playable",
    State.NOT_PLAYABLE: "not_playable",
}  # fmt: skip
KIND_TAGS = {Kind.CLIP: "clip", Kind.REDACTION: "redaction", Kind.STILL: "still", Kind.TRANSCODE: "copy"}
SOURCES = {
    "declared": "as the sender declared it", "file": "from the file's own tags",
    "received": "when it was received; nothing better is known",
}  # fmt: skip


def item_context(who: Who, recording: Recording, tab: str, **more: Any) -> dict[str, Any]:
    """Context of `recordings/item.html` and of the templates that extend it. `tab`: watch, edit, share, copies,
    look-again, custody, access or details. With an `opening` its reason comes as `opened_for`."""
    rights = RECORDINGS.rights(who, recording)
    opening = more.get("opening")
    return {
        "recording": recording,
        "rights": {right.value: right in rights for right in Right},
        "facts": facts_of(recording),
        "tags": tags_of(recording),
        "tabs": _tabs(recording, rights, tab),
        "opened_for": opening_reason(opening) if opening is not None else "",
        **more,
    }


def tags_of(recording: Recording) -> list[str]:
    """Keys of `evidence.http.states`, most telling first."""
    tags = [KIND_TAGS[Kind(recording.kind)]] if recording.kind in KIND_TAGS else ["sealed"]
    if recording.state != State.SEALED:
        tags.append(STATE_TAGS[State(recording.state)])
    if any((part.original.probe or {}).get("integrity") == "truncated" for part in parts_of(recording)):
        tags.append("truncated")
    if recording.is_master:
        tags.append(category_tag(recording))
    tags += marks_of(recording)
    tags += ["restricted"] if recording.is_restricted else []
    return tags + (["flagged"] if recording.is_flagged else [])


def category_tag(recording: Recording) -> str:
    """The tag that says what kind of incident it is, or that nobody has said."""
    if recording.category is None:
        return "untagged"
    return "evidential" if recording.category.is_evidential else "non_evidential"


def facts_of(recording: Recording) -> list[SafeString | str]:
    """The identity bar's line: when, who, camera, how long."""
    facts: list[SafeString | str] = [
        format_html('<time datetime="{}">{}</time>', recording.recorded_at.isoformat(), when(recording.recorded_at))
    ]
    facts.append(recording.officer.label if recording.officer else "Officer not known")
    facts += [recording.unit.name] if recording.unit else []
    facts += [f"Camera {recording.camera.serial}"] if recording.camera else []
    facts += [clock_words(recording)] if clock_words(recording) else []
    facts += [duration(recording.duration_s)] if recording.duration_s else []
    facts += [f"Incident {recording.incident_ref}"] if recording.incident_ref else []
    return facts


def clock_words(recording: Recording) -> str:
    """'camera clock 12 s fast' where it is known to be off."""
    fast_s = recording.camera.clock_fast_s if recording.camera else None
    return f"camera clock {duration(float(abs(fast_s)))} {'fast' if fast_s > 0 else 'slow'}" if fast_s else ""


def still_time(recording: Recording) -> float | None:
    """Seconds into its parent at which a still was taken, as its statement says; None for anything else."""
    at_ms = (recording.statement or {}).get("at_ms") if recording.kind == Kind.STILL else None
    return at_ms / 1000 if isinstance(at_ms, int) else None


def _tabs(recording: Recording, rights: frozenset[str], tab: str) -> list[Mapping[str, Any]]:
    base = f"/recordings/{recording.id}/"
    shown = [("watch", "Watch", "")]
    if Right.EDIT in rights and recording.kind != Kind.STILL:
        shown.append(("edit", "Edit", "edit/"))
    shown += [("share", "Share", "share")] if rights & {Right.WATCH, Right.RESTRICT} else []
    shown.append(("copies", "Copies", "copies"))
    if recording.kind == Kind.REDACTION and Right.WATCH in rights:
        shown.append(("look-again", "Look again", "look-again"))
    shown += [("custody", "Custody", "custody"), ("access", "Access", "access"), ("details", "Details", "details")]
    return [{"label": label, "href": f"{base}{path}", "active": key == tab} for key, label, path in shown]
