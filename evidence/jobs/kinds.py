"""The kinds of work there are: which queue, what people call it, how often it is tried.

What a kind does is not here: its handler is in `workers.handlers.table` under the same name. One queue for each class
of work, so that a long render never stands in the way of an upload; no priorities: brokers order them differently.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """`label` is what a page calls the work; `max_attempts` counts every start, also one whose worker died."""

    queue: str
    label: str
    max_attempts: int = 3


KINDS: dict[str, JobKind] = {
    "ingest.commit": JobKind(queue="ingest", label="Take an upload into evidence", max_attempts=8),
    "recording.prepare": JobKind(queue="ingest", label="Prepare a recording for review", max_attempts=4),
    "recording.proxy": JobKind(queue="proxy", label="Make a playable proxy"),
    "copy.render": JobKind(queue="redact", label="Make a working copy"),
    "copy.transcode": JobKind(queue="proxy", label="Make a plain MP4"),
    "disc.build": JobKind(queue="export", label="Build a disc"),
    "mail.send": JobKind(queue="notify", label="Send a message", max_attempts=8),
}
