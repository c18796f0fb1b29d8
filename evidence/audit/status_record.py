"""How the custody record and the work in the background stand: checkpoints, anchors, waiting work, room for uploads."""

from datetime import timedelta

from django.utils import timezone

from evidence.audit.status import Line, Section, Standing, Status, counted, line_or_failure
from evidence.audit.status_vault import vault_section
from evidence.custody.anchors import AnchorState, anchor_states
from evidence.custody.checkpoints import AT_LEAST_EVERY, head_last
from evidence.custody.models import AnchorKind
from evidence.custody.waiting import COUNTED_AT_MOST, lines_waiting
from evidence.http.templatetags.words import duration, size, when
from evidence.ingest.spool import Spool
from evidence.jobs.queries import jobs_blocked, jobs_due

SEALED_WITHIN = timedelta(minutes=5)
"""A line that waits longer for its place in the tree is late: it takes seconds."""
BEGUN_WITHIN = timedelta(hours=1)
"""Work that waits longer for a worker is late."""
_KINDS = {AnchorKind.WITNESS.value: "Witness", "copy": "Locked copy", "timestamp": "Timestamp"}


def status_now() -> Status:
    """All of it."""
    record = [line_or_failure("Checkpoints", _checkpoints), *_anchors()]
    work = [line_or_failure("Waiting work", _work), line_or_failure("Room for uploads", _spool)]
    return Status([vault_section(), Section("Custody record", record), Section("Work", work)])


def _checkpoints() -> Line:
    name, head, waiting, now = "Checkpoints", head_last(), lines_waiting(), timezone.now()
    more = " or more" if waiting.count == COUNTED_AT_MOST else ""
    wait = f"{counted(waiting.count, 'line waits', f'lines{more} wait')}" if waiting.count else "no line waits"
    todo = (
        "See that the sequencer runs. If it does, its log says why it signs nothing: it refuses a record that was "
        "changed or set back."
    )
    if head is None:
        is_late = waiting.since is not None and now - waiting.since > SEALED_WITHIN
        standing = Standing.LATE if is_late else Standing.NOT_YET
        return Line(name=name, standing=standing, says=f"Nothing is signed yet; {wait}.", todo=todo)
    says = f"The newest was signed {when(head.at)} over {counted(head.size, 'line', 'lines')}; {wait} for the next."
    since = waiting.since
    if now - head.at > AT_LEAST_EVERY + SEALED_WITHIN or (since is not None and now - since > SEALED_WITHIN):
        return Line(name=name, standing=Standing.LATE, says=says, todo=todo)
    return Line(name=name, standing=Standing.GOOD, says=says)


def _anchors() -> list[Line]:
    """One line for each that is configured."""
    found: list[Line] = []

    def ask() -> Line:
        found.extend(_anchor(state) for state in anchor_states())
        says = "Nobody outside keeps or cosigns the checkpoints."
        todo = "Name a witness, a bucket of another account or a timestamping authority: see the administrators' guide."
        return Line(name="Anchors", standing=Standing.NOT_USED, says=says, todo=todo)

    line = line_or_failure("Anchors", ask)
    return found or [line]


def _anchor(state: AnchorState) -> Line:
    name = f"{_KINDS.get(state.kind, 'Anchor')} {state.name}"
    if state.at is None:
        says = "Has anchored nothing yet."
    else:
        says = f"Last anchored {when(state.at)}, over {counted(state.size or 0, 'line', 'lines')}."
    if state.is_late:
        todo = "See that it can be reached; the sequencer's log says what it answers. Look into a refusal at once."
        return Line(name=name, standing=Standing.LATE, says=says, todo=todo)
    return Line(name=name, standing=Standing.NOT_YET if state.at is None else Standing.GOOD, says=says)


def _work() -> Line:
    name, due, blocked = "Waiting work", jobs_due(), jobs_blocked()
    if blocked:
        says = f"{counted(blocked, 'job waits', 'jobs wait')} for the vault, room on a disc, or the sandbox."
        return Line(name=name, standing=Standing.LATE, says=says, todo="Each job's page says what it waits for.")
    if due.since is None:
        return Line(name=name, standing=Standing.GOOD, says="No work waits for a worker.")
    for_s = timezone.now() - due.since
    jobs = counted(due.count, "job waits", "jobs wait")
    says = f"{jobs} for a worker, the oldest for {duration(for_s)} in '{due.queue}'."
    if for_s > BEGUN_WITHIN:
        todo = f"See that a worker of the queue '{due.queue}' runs, or give it more places."
        return Line(name=name, standing=Standing.LATE, says=says, todo=todo)
    return Line(name=name, standing=Standing.GOOD, says=says)


def _spool() -> Line:
    room = Spool().room_bytes()
    if room:
        return Line(
            name="Room for uploads", standing=Standing.GOOD, says=f"{size(room)} free beside what is kept free."
        )
    return Line(
        name="Room for uploads", standing=Standing.WRONG, says="None is left: senders are told that it is full.",
        todo="Make room on the disc of the spool. Uploads go on by themselves.",
    )  # fmt: skip
