"""The custody record in plain words: what happened in each line, and the sentence that a person reads.

Only what the line itself says is used: its verb, outcome, data and texts; no other room is asked. Which lines a reader
may see is not decided here, except for `leaves_force`: what a report to a court or a recipient shows.
"""

from collections.abc import Callable, Mapping
from typing import Any

from evidence.custody.models import AuthorityKind
from evidence.custody.queries import Line
from evidence.custody.verbs import ABANDONED, Category, Outcome, Verb

_COPIES = {
    "clip": "clip",
    "redaction": "redacted copy",
    "still": "still",
    "transcode": "plain MP4",
    "salvage": "salvaged copy",
}

_DEEDS: dict[str, str] = {
    Verb.MASTER_SEALED: "took it in and sealed the Master",
    Verb.UPLOAD_REFUSED: "sent an upload that was refused",
    Verb.UPLOAD_TERMINATED: "gave up an upload before its end",
    Verb.UPLOAD_REPEATED: "sent the same file again",
    Verb.RECEIPT_ISSUED: "gave a receipt to the sender",
    Verb.PREPARATION_FINISHED: "prepared it for viewing",
    Verb.PREPARATION_FAILED: "could not prepare it for viewing",
    Verb.PREPARATION_RETRIED: "had it prepared for viewing again",
    Verb.VOICE_FOUND: "looked for speech in it",
    Verb.LOUDNESS_MEASURED: "measured how loud it is",
    Verb.TRANSCRIPT_REQUESTED: "asked for a transcript of it",
    Verb.TRANSCRIPT_MADE: "made a transcript of it",
    Verb.TRANSCRIPT_FAILED: "could not make a transcript of it",
    Verb.TRANSCRIPT_READ: "read the transcript of it",
    Verb.PROXY_SEALED: "made a copy for browsers",
    Verb.MATCH_CHANGED: "changed which officer or camera it belongs to",
    Verb.PLAYBACK_OPENED: "opened it",
    Verb.FILE_DOWNLOADED: "downloaded it",
    Verb.STORYBOARD_SHOWN: "was shown a picture of it in a list",
    Verb.STILL_SHOWN: "was shown a still of it",
    Verb.RECORD_READ: "read its custody record",
    Verb.RECORD_SEARCHED: "searched the custody record",
    Verb.REPORT_MADE: "made a report of its custody record",
    Verb.CASE_REPORT_MADE: "made a report of the custody record of the case",
    Verb.RECORD_REPORTED: "made a report across the custody record",
    Verb.RECORD_EXPORTED: "exported the log of processing",
    Verb.ERASURE_READ: "read a proposal to erase texts of the custody record",
    Verb.FILE_CHECKED: "held a file against it and found it the same, bit for bit",
    Verb.DISC_CHECKED: "held a disc image against one of its discs and found it the same, bit for bit",
    Verb.MARKER_ADDED: "set a marker",
    Verb.MARKER_REMOVED: "removed a marker",
    Verb.NOTE_ADDED: "wrote a note",
    Verb.CATEGORY_CHANGED: "changed its category",
    Verb.DETAILS_CHANGED: "changed its details",
    Verb.ALIGNMENT_REQUESTED: "had its sound held against another recording's",
    Verb.ALIGNMENT_FOUND: "held its sound against another recording's",
    Verb.ALIGNMENT_DECIDED: "decided how it lies in time beside another recording",
    Verb.COPY_FAILED: "could not make a working copy of it",
    Verb.COPY_CANCELLED: "stopped the making of a working copy",
    Verb.SETTINGS_LENT: "had its camera settings read, to salvage another recording",
    Verb.LOOK_REQUESTED: "asked for a second look at it",
    Verb.LOOK_FAILED: "could not look at it again",
    Verb.LOOK_CANCELLED: "stopped the second look at it",
    Verb.LOOK_READ: "read the list of what can still be seen in it",
    Verb.COPY_REPORT_MADE: "made a report of its redaction",
    Verb.COPY_COMBINED: "put it together from several recordings",
    Verb.GRANT_GIVEN: "gave access to {recipients}",
    Verb.GRANT_REVOKED: "took back access that had been given",
    Verb.LINK_CREATED: "made a link for {recipients}",
    Verb.LINK_SENT: "mailed the link to {recipients}",
    Verb.LINK_EXTENDED: "extended a link for {recipients}",
    Verb.LINK_REVOKED: "ended a link",
    Verb.LINK_OPENED: "opened it by link",
    Verb.LINK_CODE_SENT: "mailed a code for a link to {recipients}",
    Verb.LINK_DOWNLOADED: "downloaded it by link",
    Verb.CASE_OPENED: "opened the case",
    Verb.CASE_CHANGED: "changed the details of the case",
    Verb.CASE_MEMBER_ADDED: "put {recipients} on the case",
    Verb.CASE_MEMBER_REMOVED: "took somebody off the case",
    Verb.EXHIBIT_PRODUCED: "made it an exhibit",
    Verb.EXHIBIT_WITHDRAWN: "withdrew it as an exhibit",
    Verb.DISC_REQUESTED: "asked for discs for {recipients}",
    Verb.DISC_MADE: "made a disc for {recipients}",
    Verb.DISC_FAILED: "could not make the discs",
    Verb.DISC_CANCELLED: "stopped the making of discs",
    Verb.DISC_DOWNLOADED: "downloaded a disc image for {recipients}",
    Verb.DISC_BURNED: "burned a disc for {recipients}",
    Verb.ITEM_ON_DISC: "checked it against its hash and put it on a disc for {recipients}",
    Verb.ITEM_DISC_DISCLOSED: "handed it out on a disc for {recipients}",
    Verb.FIXITY_CHECKED: "checked it against its hash",
    Verb.FILE_QUARANTINED: "put a file of it, which is not what was sealed, into quarantine",
    Verb.FILE_RELEASED: "found a file of it right again and released it from quarantine",
    Verb.DISC_QUARANTINED: "put a disc image, which is not what was sealed, into quarantine",
    Verb.DISC_RELEASED: "found a disc image right again and released it from quarantine",
    Verb.VAULT_QUARANTINED: "put a file that belongs to no item into quarantine",
    Verb.VAULT_RELEASED: "released a file that belongs to no item from quarantine",
}
_WAYS = {
    "shares": ("a share with a colleague", "{} shares with colleagues"),
    "links": ("a link for somebody outside", "{} links for people outside"),
    "case": ("what somebody had by a case", "what {} people had by a case"),
}
_DENIED = "was refused"
_INTENT = "began: "
_FAILED = "did not succeed: "
_UNKNOWN = "found no report of how this ended: "


def _watched(data: Mapping[str, Any]) -> str:
    if not data.get("watched_ms"):
        return "closed it, with no playing reported"
    return f"watched {seconds_words(int(data.get('watched_ms', 0)) / 1000)}"


def _copy(data: Mapping[str, Any], before: str) -> str:
    return f"{before} a {_COPIES.get(str(data.get('kind', '')), 'working copy')}"


def _restriction(data: Mapping[str, Any]) -> str:
    ways = ways_words(data.get("ways_in") or {})
    if data.get("is_restricted"):
        return f"restricted it, which suspended {ways}" if ways else "restricted it"
    return f"lifted its restriction, which opened {ways} again" if ways else "lifted its restriction"


def _vault_read(data: Mapping[str, Any]) -> str:
    wrong = int(data.get("troubles", 0))
    ended = f"; {wrong:,} not what was sealed" if wrong else ", all as they were sealed"
    return f"read {int(data.get('objects', 0)):,} files of the vault again{ended}"


def _vault_reconciled(data: Mapping[str, Any]) -> str:
    wrong = int(data.get("troubles", 0))
    return f"compared the vault with its list: {f'{wrong:,} things do not agree' if wrong else 'they agree'}"


def _vault_locked(data: Mapping[str, Any]) -> str:
    refused = int(data.get("troubles", 0))
    ended = f"; {refused:,} were refused" if refused else ""
    return f"extended the store's own locks of {int(data.get('extended', 0)):,} files{ended}"


def _erasure(data: Mapping[str, Any], before: str) -> str:
    count = int(data.get("texts", 0))
    return f"{before} {count:,} text{'' if count == 1 else 's'} of the custody record under {_authority(data)}"


def _text_erased(data: Mapping[str, Any]) -> str:
    """What was erased, and of which line; never what it said."""
    kinds = {"reason.text": "the written reason", "actor.name": "the name of who did it"}
    fields = dict.fromkeys(kinds.get(str(field), "the name of who it was for") for field in data.get("fields", []))
    return f"erased {' and '.join(fields)} in line {data.get('line')} under {_authority(data)}"


def _authority(data: Mapping[str, Any]) -> str:
    kind = str(data.get("authority", ""))
    return f"{dict(AuthorityKind.choices).get(kind, kind)} {data.get('reference', '')}"


def _detection(data: Mapping[str, Any], *, finding: str, following: str) -> str:
    return following if data.get("kind") == "follow" else finding


def _places(count: int) -> str:
    return f"{count:,} place{'' if count == 1 else 's'}"


def _looked(data: Mapping[str, Any]) -> str:
    return f"looked at it again and listed {_places(int(data.get('places', 0)))} where something can still be seen"


def _decided(data: Mapping[str, Any]) -> str:
    said = "acceptable" if data.get("decision") == "acceptable" else "to be redacted"
    return f"said that place {data.get('place')} of the list is {said}"


def _signed_off(data: Mapping[str, Any]) -> str:
    places = int(data.get("places", 0))
    listed = f"a list of {_places(places)}" if places else "a list without any place"
    looked = "" if data.get("state") == "done" else ", at which no detector had looked"
    return f"signed it off with {listed}{looked}; the list's SHA-256 begins {str(data.get('list_sha256', ''))[:8]}"


_BY_DATA: dict[str, Callable[[Mapping[str, Any]], str]] = {
    Verb.PLAYBACK_CLOSED: _watched,
    Verb.MUTES_DECIDED: lambda data: (
        f"accepted {int(data.get('accepted', 0)):,} and refused {int(data.get('refused', 0)):,} proposals to mute it"
    ),
    Verb.COPY_REQUESTED: lambda data: f"{_copy(data, 'asked for')} of it",
    Verb.COPY_MADE: lambda data: f"{_copy(data, 'made')} of it",
    Verb.COPY_SEALED: lambda data: f"{_copy(data, 'made and sealed it as')}",
    Verb.DETECTION_REQUESTED: lambda data: _detection(
        data,
        finding="asked for faces or plates to be looked for in it",
        following="asked for a drawn box to be followed in it",
    ),
    Verb.DETECTION_FINISHED: lambda data: _detection(
        data, finding="looked for faces or plates in it", following="followed a drawn box in it"
    ),
    Verb.DETECTION_FAILED: lambda data: _detection(
        data, finding="could not look for faces or plates in it", following="could not follow a drawn box in it"
    ),
    Verb.DETECTION_CANCELLED: lambda data: _detection(
        data, finding="stopped the looking for faces or plates in it", following="stopped the following of a drawn box"
    ),
    Verb.LOOK_FINISHED: _looked,
    Verb.PLACE_DECIDED: _decided,
    Verb.COPY_SIGNED_OFF: _signed_off,
    Verb.RESTRICTION_CHANGED: _restriction,
    Verb.VAULT_READ: _vault_read,
    Verb.VAULT_KEYS_REWRAPPED: lambda data: f"wrapped the keys of {int(data.get('objects', 0)):,} files anew",
    Verb.VAULT_RECONCILED: _vault_reconciled,
    Verb.ERASURE_PROPOSED: lambda data: _erasure(data, "proposed to erase"),
    Verb.ERASURE_REFUSED: lambda data: _erasure(data, "refused to erase"),
    Verb.TEXT_ERASED: _text_erased,
    Verb.VAULT_LOCKED: _vault_locked,
}


def deed_words(line: Line) -> str:
    """What was done, to follow the actor's name: 'watched 3 min 12 s', 'was refused (download)'."""
    if line.outcome == Outcome.DENIED:
        right = line.body["data"].get("right")
        return f"{_DENIED} ({right})" if right else _DENIED
    by_data = _BY_DATA.get(line.verb)
    said = by_data(line.body["data"]) if by_data else _DEEDS.get(line.verb, line.verb)
    said = said.replace("{recipients}", ", ".join(line.recipient_names) or "somebody")
    if line.outcome == Outcome.INTENT:
        return _INTENT + said
    if line.outcome == Outcome.FAILED:
        return (_UNKNOWN if line.body["data"].get("code") == ABANDONED else _FAILED) + said
    return said


def line_words(line: Line, reasons: Mapping[str, str] | None = None) -> str:
    """The whole sentence: 'Sgt 2210 Khan watched 3 min 12 s: Supervision or dip sample'.

    `reasons` gives the words of the force's reason codes; a code that is not in it is shown as it is.
    """
    code = line.body["reason"]["code"]
    why = "; ".join(part for part in ((reasons or {}).get(code, code) if code else "", line.reason_text) if part)
    said = f"{line.actor_name} {deed_words(line)}"
    return f"{said}: {why}" if why else said


def leaves_force(line: Line) -> bool:
    """Whether the line stands whole in a report that leaves the force; else only its number and leaf hash do.

    All consultations are withheld, and so are refused attempts: one withheld line among many would betray who looked
    into a complaint.
    """
    return line.category != Category.CONSULTATION and line.outcome != Outcome.DENIED


def ways_words(ways: Mapping[str, int]) -> str:
    """What a restriction suspends, by kind and number: '2 shares with colleagues and a link for somebody outside'."""
    said = [_way_words(key, ways[key]) for key in [*_WAYS, *sorted(set(ways) - set(_WAYS))] if ways.get(key)]
    return " and ".join(part for part in (", ".join(said[:-1]), *said[-1:]) if part)


def _way_words(key: str, count: int) -> str:
    one, many = _WAYS.get(key, ("{} " + key, "{} " + key))
    return (one if count == 1 else many).format(count)


def seconds_words(seconds: float) -> str:
    """'3 min 12 s', '1 h 02 min 09 s', '4.2 s'."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min {rest:02d} s"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
