"""The kinds of work there are: which queue, what people call it, how often it is tried.

What a kind does is not here: its handler is in `workers.handlers.table` under the same name. One queue for each class
of work, so that a long render never stands in the way of an upload; no priorities: brokers order them differently.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """`label` is what a page calls the work; `max_attempts` counts every start, also one whose worker died.

    `is_cancellable`: whether a person may stop it. Not where evidence would be left half taken in, or sealed and never
    to be seen: nobody asked for such work, so nobody would ask for it again.
    """

    queue: str
    label: str
    max_attempts: int = 3
    is_cancellable: bool = True


KINDS: dict[str, JobKind] = {
    "ingest.commit": JobKind(
        queue="ingest", label="Take an upload into evidence", max_attempts=8, is_cancellable=False
    ),
    "recording.prepare": JobKind(
        queue="ingest", label="Prepare a recording for review", max_attempts=4, is_cancellable=False
    ),
    "recording.proxy": JobKind(queue="proxy", label="Make a playable proxy", is_cancellable=False),
    "recording.voice": JobKind(queue="proxy", label="Find speech in a recording"),
    "recording.loudness": JobKind(queue="proxy", label="Measure how loud a recording is"),
    "recording.transcript": JobKind(queue="proxy", label="Write down what is said in a recording"),
    "copy.render": JobKind(queue="redact", label="Make a working copy"),
    "copy.part": JobKind(queue="redact", label="Make a part of a working copy"),
    "copy.look-again": JobKind(queue="redact", label="Look at a redaction again"),
    "copy.transcode": JobKind(queue="proxy", label="Make a plain MP4"),
    "copy.sheet": JobKind(queue="proxy", label="Make a contact sheet"),
    "copy.salvage": JobKind(queue="proxy", label="Salvage a recording that lost its index"),
    "alignment.listen": JobKind(queue="proxy", label="Listen to two recordings"),
    "find.tracks": JobKind(queue="redact", label="Find faces or number plates"),
    "find.stretch": JobKind(queue="redact", label="Look through a stretch of a recording"),
    "find.follow": JobKind(queue="redact", label="Follow a drawn box"),
    "disc.build": JobKind(queue="export", label="Build a disc"),
    "vault.fixity": JobKind(queue="fixity", label="Read files of the vault again", is_cancellable=False),
    "vault.reconcile": JobKind(queue="fixity", label="Compare the vault with its list", is_cancellable=False),
    "vault.lock": JobKind(queue="vault", label="Extend the locks of the vault", is_cancellable=False),
    "vault.selftest": JobKind(queue="vault", label="Try what the vault's store keeps", is_cancellable=False),
    "mail.send": JobKind(queue="notify", label="Send a message", max_attempts=8),
}


def kinds_kept() -> list[str]:
    """Kinds that no person may cancel. What this version does not know (any more) may be."""
    return [name for name, kind in KINDS.items() if not kind.is_cancellable]
