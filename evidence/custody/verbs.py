"""The names of everything that can happen to evidence, and the statutory word for each.

A verb is `subject:object:verb` and never changes its meaning: it is hashed into the record for good. The category is
one of the six kinds of processing that the Data Protection Act 2018, section 62, says must be logged, or nothing.
"""

from enum import StrEnum


class Category(StrEnum):
    """DPA 2018 s.62(1): the kinds of processing to be logged."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"


class Outcome(StrEnum):
    """How the act ended. `intent` comes before a deed that cannot be rolled back; its outcome event follows it."""

    DONE = "done"
    DENIED = "denied"
    INTENT = "intent"
    FAILED = "failed"


ABANDONED = "abandoned"
"""`code` in the data of an outcome that nobody reported: the deed's process fell silent, and a sweep closed it."""


class Verb(StrEnum):
    """Every custody event's name."""

    MASTER_SEALED = "recording:master:sealed"
    UPLOAD_REFUSED = "upload:file:refused"
    UPLOAD_TERMINATED = "upload:file:terminated"
    UPLOAD_REPEATED = "recording:upload:repeated"
    RECEIPT_ISSUED = "recording:receipt:issued"
    PREPARATION_FINISHED = "recording:preparation:finished"
    PREPARATION_FAILED = "recording:preparation:failed"
    PREPARATION_RETRIED = "recording:preparation:retried"
    PROXY_SEALED = "recording:proxy:sealed"
    VOICE_FOUND = "recording:voice:found"
    LOUDNESS_MEASURED = "recording:loudness:measured"
    TRANSCRIPT_REQUESTED = "recording:transcript:requested"
    TRANSCRIPT_MADE = "recording:transcript:made"
    TRANSCRIPT_FAILED = "recording:transcript:failed"
    TRANSCRIPT_READ = "recording:transcript:read"
    MUTES_DECIDED = "recording:mutes:decided"
    MATCH_CHANGED = "recording:match:changed"

    PLAYBACK_OPENED = "recording:playback:opened"
    PLAYBACK_CLOSED = "recording:playback:closed"
    FILE_DOWNLOADED = "recording:file:downloaded"
    STORYBOARD_SHOWN = "recording:storyboard:shown"
    STILL_SHOWN = "recording:still:shown"
    RECORD_READ = "recording:record:read"
    RECORD_SEARCHED = "record:events:searched"
    REPORT_MADE = "recording:report:made"
    CASE_REPORT_MADE = "case:report:made"
    RECORD_REPORTED = "record:report:made"
    RECORD_EXPORTED = "record:log:exported"
    ERASURE_PROPOSED = "record:erasure:proposed"
    ERASURE_REFUSED = "record:erasure:refused"
    ERASURE_READ = "record:erasure:read"
    TEXT_ERASED = "record:text:erased"
    FILE_CHECKED = "recording:file:checked"
    DISC_CHECKED = "case:disc:checked"

    MARKER_ADDED = "recording:marker:added"
    MARKER_REMOVED = "recording:marker:removed"
    NOTE_ADDED = "recording:note:added"
    CATEGORY_CHANGED = "recording:category:changed"
    DETAILS_CHANGED = "recording:details:changed"
    RESTRICTION_CHANGED = "recording:restriction:changed"

    ALIGNMENT_REQUESTED = "recording:alignment:requested"
    ALIGNMENT_FOUND = "recording:alignment:found"
    ALIGNMENT_DECIDED = "recording:alignment:decided"

    COPY_REQUESTED = "recording:copy:requested"
    COPY_MADE = "recording:copy:made"
    COPY_SEALED = "copy:file:sealed"
    COPY_COMBINED = "copy:sources:combined"
    COPY_FAILED = "recording:copy:failed"
    COPY_CANCELLED = "recording:copy:cancelled"
    SETTINGS_LENT = "recording:settings:lent"
    DETECTION_REQUESTED = "recording:detection:requested"
    DETECTION_FINISHED = "recording:detection:finished"
    DETECTION_FAILED = "recording:detection:failed"
    DETECTION_CANCELLED = "recording:detection:cancelled"
    LOOK_REQUESTED = "copy:look:requested"
    LOOK_FINISHED = "copy:look:finished"
    LOOK_FAILED = "copy:look:failed"
    LOOK_CANCELLED = "copy:look:cancelled"
    LOOK_READ = "copy:look:read"
    PLACE_DECIDED = "copy:place:decided"
    COPY_SIGNED_OFF = "copy:list:signed-off"
    COPY_REPORT_MADE = "copy:report:made"

    GRANT_GIVEN = "recording:grant:given"
    GRANT_REVOKED = "recording:grant:revoked"
    LINK_CREATED = "recording:link:created"
    LINK_SENT = "recording:link:sent"
    LINK_EXTENDED = "recording:link:extended"
    LINK_REVOKED = "recording:link:revoked"
    LINK_OPENED = "recording:link:opened"
    LINK_CODE_SENT = "recording:link:code-sent"
    LINK_DOWNLOADED = "recording:link:downloaded"

    CASE_OPENED = "case:case:opened"
    CASE_CHANGED = "case:details:changed"
    CASE_MEMBER_ADDED = "case:member:added"
    CASE_MEMBER_REMOVED = "case:member:removed"
    EXHIBIT_PRODUCED = "recording:exhibit:produced"
    EXHIBIT_WITHDRAWN = "recording:exhibit:withdrawn"

    DISC_REQUESTED = "case:disc:requested"
    DISC_MADE = "case:disc:made"
    DISC_FAILED = "case:disc:failed"
    DISC_CANCELLED = "case:disc:cancelled"
    DISC_DOWNLOADED = "case:disc:downloaded"
    DISC_BURNED = "case:disc:burned"
    ITEM_ON_DISC = "recording:disc:included"
    ITEM_DISC_DISCLOSED = "recording:disc:disclosed"

    FIXITY_CHECKED = "recording:fixity:checked"
    FILE_QUARANTINED = "recording:file:quarantined"
    FILE_RELEASED = "recording:file:released"
    DISC_QUARANTINED = "case:disc:quarantined"
    DISC_RELEASED = "case:disc:released"
    VAULT_READ = "vault:objects:read"
    VAULT_RECONCILED = "vault:objects:reconciled"
    VAULT_LOCKED = "vault:objects:locked"
    VAULT_KEYS_REWRAPPED = "vault:keys:rewrapped"
    VAULT_QUARANTINED = "vault:object:quarantined"
    VAULT_RELEASED = "vault:object:released"
    ACCESS_DENIED = "recording:access:denied"
    CASE_ACCESS_DENIED = "case:access:denied"
    JOB_ACCESS_DENIED = "job:access:denied"
    UPLOAD_ACCESS_DENIED = "upload:access:denied"


CATEGORY_OF: dict[Verb, Category | None] = {
    Verb.MASTER_SEALED: Category.COLLECTION,
    Verb.UPLOAD_REFUSED: None,
    Verb.UPLOAD_TERMINATED: None,
    Verb.UPLOAD_REPEATED: None,
    Verb.RECEIPT_ISSUED: None,
    Verb.PREPARATION_FINISHED: None,
    Verb.PREPARATION_FAILED: None,
    Verb.PREPARATION_RETRIED: None,
    Verb.VOICE_FOUND: None,
    Verb.LOUDNESS_MEASURED: None,
    Verb.TRANSCRIPT_REQUESTED: None,
    Verb.TRANSCRIPT_MADE: None,
    Verb.TRANSCRIPT_FAILED: None,
    Verb.TRANSCRIPT_READ: Category.CONSULTATION,
    Verb.MUTES_DECIDED: None,
    Verb.PROXY_SEALED: None,
    Verb.MATCH_CHANGED: Category.ALTERATION,
    Verb.PLAYBACK_OPENED: Category.CONSULTATION,
    Verb.PLAYBACK_CLOSED: Category.CONSULTATION,
    Verb.FILE_DOWNLOADED: Category.CONSULTATION,
    Verb.STORYBOARD_SHOWN: Category.CONSULTATION,
    Verb.STILL_SHOWN: Category.CONSULTATION,
    Verb.RECORD_READ: Category.CONSULTATION,
    Verb.RECORD_SEARCHED: Category.CONSULTATION,
    Verb.REPORT_MADE: Category.CONSULTATION,
    Verb.CASE_REPORT_MADE: Category.CONSULTATION,
    Verb.RECORD_REPORTED: Category.CONSULTATION,
    Verb.RECORD_EXPORTED: Category.CONSULTATION,
    Verb.ERASURE_PROPOSED: None,
    Verb.ERASURE_REFUSED: None,
    Verb.ERASURE_READ: Category.CONSULTATION,
    Verb.TEXT_ERASED: Category.ERASURE,
    Verb.FILE_CHECKED: Category.CONSULTATION,
    Verb.DISC_CHECKED: Category.CONSULTATION,
    Verb.MARKER_ADDED: Category.ALTERATION,
    Verb.MARKER_REMOVED: Category.ALTERATION,
    Verb.NOTE_ADDED: Category.ALTERATION,
    Verb.CATEGORY_CHANGED: Category.ALTERATION,
    Verb.DETAILS_CHANGED: Category.ALTERATION,
    Verb.RESTRICTION_CHANGED: Category.ALTERATION,
    Verb.ALIGNMENT_REQUESTED: Category.CONSULTATION,
    Verb.ALIGNMENT_FOUND: None,
    Verb.ALIGNMENT_DECIDED: Category.ALTERATION,
    Verb.COPY_REQUESTED: None,
    Verb.COPY_MADE: Category.ALTERATION,
    Verb.COPY_SEALED: Category.ALTERATION,
    Verb.COPY_COMBINED: Category.COMBINATION,
    Verb.COPY_FAILED: None,
    Verb.COPY_CANCELLED: None,
    Verb.SETTINGS_LENT: None,
    Verb.DETECTION_REQUESTED: None,
    Verb.DETECTION_FINISHED: None,
    Verb.DETECTION_FAILED: None,
    Verb.DETECTION_CANCELLED: None,
    Verb.LOOK_REQUESTED: None,
    Verb.LOOK_FINISHED: None,
    Verb.LOOK_FAILED: None,
    Verb.LOOK_CANCELLED: None,
    Verb.LOOK_READ: Category.CONSULTATION,
    Verb.PLACE_DECIDED: Category.ALTERATION,
    Verb.COPY_SIGNED_OFF: Category.ALTERATION,
    Verb.COPY_REPORT_MADE: Category.CONSULTATION,
    Verb.GRANT_GIVEN: Category.DISCLOSURE,
    Verb.GRANT_REVOKED: None,
    Verb.LINK_CREATED: Category.DISCLOSURE,
    Verb.LINK_SENT: None,
    Verb.LINK_EXTENDED: Category.DISCLOSURE,
    Verb.LINK_REVOKED: None,
    Verb.LINK_OPENED: Category.DISCLOSURE,
    Verb.LINK_CODE_SENT: None,
    Verb.LINK_DOWNLOADED: Category.DISCLOSURE,
    Verb.CASE_OPENED: Category.COLLECTION,
    Verb.CASE_CHANGED: Category.ALTERATION,
    Verb.CASE_MEMBER_ADDED: Category.DISCLOSURE,
    Verb.CASE_MEMBER_REMOVED: None,
    Verb.EXHIBIT_PRODUCED: Category.COMBINATION,
    Verb.EXHIBIT_WITHDRAWN: Category.ALTERATION,
    Verb.DISC_REQUESTED: None,
    Verb.DISC_MADE: Category.COMBINATION,
    Verb.DISC_FAILED: None,
    Verb.DISC_CANCELLED: None,
    Verb.DISC_DOWNLOADED: Category.DISCLOSURE,
    Verb.DISC_BURNED: Category.DISCLOSURE,
    Verb.ITEM_ON_DISC: Category.COMBINATION,
    Verb.ITEM_DISC_DISCLOSED: Category.DISCLOSURE,
    Verb.FIXITY_CHECKED: None,
    Verb.FILE_QUARANTINED: None,
    Verb.FILE_RELEASED: None,
    Verb.DISC_QUARANTINED: None,
    Verb.DISC_RELEASED: None,
    Verb.VAULT_READ: None,
    Verb.VAULT_RECONCILED: None,
    Verb.VAULT_LOCKED: None,
    Verb.VAULT_KEYS_REWRAPPED: None,
    Verb.VAULT_QUARANTINED: None,
    Verb.VAULT_RELEASED: None,
    Verb.ACCESS_DENIED: None,
    Verb.CASE_ACCESS_DENIED: None,
    Verb.JOB_ACCESS_DENIED: None,
    Verb.UPLOAD_ACCESS_DENIED: None,
}
