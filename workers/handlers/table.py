"""Which handler does which kind of job, and what is swept from time to time. A table of contents, nothing else.

A kind is declared in `evidence.jobs.kinds` and handled here under the same name. A test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass

from evidence.custody.intents import intents_sweep
from evidence.editing.services import detection_cancelled, detection_failed, follow_cancelled, follow_failed
from evidence.ingest.services import uploads_sweep
from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.recordings.services.playback import playbacks_close_over
from evidence.vault.services import vault_sweep
from workers.handlers import (
    align,
    disc,
    finding,
    fixity,
    hearing,
    ingest,
    locking,
    look_again,
    loudness,
    mail,
    parts,
    prepare,
    proxy,
    render,
    salvage,
    sheet,
    transcode,
)
from workers.handlers.scratch import scratch_sweep


@dataclass(frozen=True, slots=True)
class Handler:
    """`handle` does the work; `join` puts the parts of a fan-out together.

    `failed` and `cancelled` tell the item, once, in a transaction of their own. They may open an `act`; they must bear
    a job whose `handle` never ran. `waiting` is told at each attempt that found the vault, a disk or the sandbox away:
    it may be told many times, and writes no event.
    """

    handle: Callable[[Work], None]
    join: Callable[[Work], None] | None = None
    failed: Callable[[Job], None] | None = None
    cancelled: Callable[[Job], None] | None = None
    waiting: Callable[[Job], None] | None = None


HANDLERS: dict[str, Handler] = {
    "ingest.commit": Handler(ingest.handle, failed=ingest.failed, waiting=ingest.failed),
    "recording.prepare": Handler(prepare.handle, failed=prepare.failed),
    "recording.proxy": Handler(proxy.handle, failed=proxy.failed),
    "recording.voice": Handler(hearing.handle_voice),
    "recording.loudness": Handler(loudness.handle),
    "recording.transcript": Handler(hearing.handle_transcript, failed=hearing.failed_transcript),
    "copy.render": Handler(render.handle, join=render.join, failed=render.failed, cancelled=render.cancelled),
    "copy.transcode": Handler(
        transcode.handle, join=transcode.join, failed=transcode.failed, cancelled=transcode.cancelled
    ),
    "copy.part": Handler(parts.handle),
    "copy.look-again": Handler(look_again.handle, failed=look_again.failed, cancelled=look_again.cancelled),
    "copy.sheet": Handler(sheet.handle, failed=sheet.failed, cancelled=sheet.cancelled),
    "copy.salvage": Handler(salvage.handle, failed=salvage.failed, cancelled=salvage.cancelled),
    "alignment.listen": Handler(align.handle),
    "find.tracks": Handler(finding.handle, finding.join, failed=detection_failed, cancelled=detection_cancelled),
    "find.stretch": Handler(finding.handle_stretch),
    "find.follow": Handler(finding.handle_follow, failed=follow_failed, cancelled=follow_cancelled),
    "disc.build": Handler(disc.handle, failed=disc.failed, cancelled=disc.cancelled),
    "vault.fixity": Handler(fixity.handle),
    "vault.reconcile": Handler(fixity.handle_reconcile),
    "vault.lock": Handler(locking.handle),
    "vault.selftest": Handler(locking.handle_selftest),
    "mail.send": Handler(mail.handle, failed=mail.failed, cancelled=mail.cancelled),
}

SWEEPS: dict[str, Callable[[], int]] = {
    "scratch": scratch_sweep,
    # before the vault's, which takes what nobody says is wanted
    "parts": parts.parts_keep,
    "vault": vault_sweep,
    "uploads": uploads_sweep,
    "playbacks": playbacks_close_over,
    "intents": intents_sweep,
}
"""Name to sweep; each returns how many leftovers it put in order."""
