"""Writing the custody record: `act` binds an effect and its events into one transaction.

Services of every room open an `act`, change state, and call `record`. The events are written when the outermost act
ends, counters locked last and in sorted order, inside the same transaction: if an event cannot be written, the action
did not happen. Tree, checkpoints and proofs are not made here. A newcomer's trap: never catch an exception inside an
act and go on; the events recorded so far would then claim what did not happen. Let the act end.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from evidence.custody.canonical import canonical_bytes, time_text
from evidence.custody.context import request_id
from evidence.custody.errors import ActMissing
from evidence.custody.guard import guard_require
from evidence.custody.ids import id_new
from evidence.custody.models import IntentLease
from evidence.custody.parties import Actor, Reason, Recipient, Subject
from evidence.custody.rows import TextRow, counters_raise, rows_insert
from evidence.custody.verbs import CATEGORY_OF, Outcome, Verb

BODY_VERSION = 1
NO_REASON = Reason()


@dataclass(frozen=True, slots=True)
class _Pending:
    uuid: UUID
    act: UUID
    verb: Verb
    at: datetime
    actor: Actor
    rule: str
    reason: Reason
    subject: Subject
    recipients: tuple[Recipient, ...]
    data: dict[str, object]
    outcome: Outcome
    follows: UUID | None


@dataclass(slots=True)
class Act:
    """One deed by one actor for one reason; possibly several items, so several events under one `id`."""

    actor: Actor
    reason: Reason
    id: UUID
    _pending: list[_Pending] = field(default_factory=list)

    def record(
        self,
        verb: Verb,
        subject: Subject,
        *,
        rule: str,
        data: dict[str, object] | None = None,
        recipients: Sequence[Recipient] = (),
        outcome: Outcome = Outcome.DONE,
        follows: UUID | None = None,
    ) -> UUID:
        """Add one event about one subject; written when the outermost act ends.

        `rule` is the code of the policy rule that allowed (or denied) it. `data` is small, typed by verb, and holds
        no names and no free text. Returns the event's id, to be named by a later event's `follows`. An `outcome` of
        `intent` is alive from here on for as long as a lease; what ends it goes through `intents.intent_end`.

        Raises:
            ActMissing: the act has ended, or belongs to another thread: the event would be lost.
        """
        if act_current().id != self.id:
            raise ActMissing("This act has ended; what happens now belongs to the act that is open.")
        pending = _Pending(
            uuid=id_new(), act=self.id, verb=verb, at=timezone.now(), actor=self.actor, rule=rule, reason=self.reason,
            subject=subject, recipients=tuple(recipients), data=data or {}, outcome=outcome, follows=follows,
        )  # fmt: skip
        self._pending.append(pending)
        return pending.uuid


_current: ContextVar[Act | None] = ContextVar("continuity_act", default=None)


@contextmanager
def act(*, actor: Actor, reason: Reason = NO_REASON) -> Iterator[Act]:
    """Open an act in a transaction; inside another it joins that: same transaction and act id, own actor and reason.

    What raises out of an inner act takes its effects and events with it (a savepoint); what raises out of the
    outermost act takes everything.

    Raises:
        RecordUnguarded: the record could be changed; asked at the first act of a process.
    """
    outer = _current.get()
    if outer is not None:
        before = len(outer._pending)
        try:
            with transaction.atomic():
                yield Act(actor=actor, reason=reason, id=outer.id, _pending=outer._pending)
        except BaseException:
            del outer._pending[before:]
            raise
        return
    _guard_once()
    with transaction.atomic():
        current = Act(actor=actor, reason=reason, id=id_new())
        token = _current.set(current)
        try:
            yield current
            _write(current._pending)
        finally:
            _current.reset(token)


@cache
def _guard_once() -> None:
    """The start-up check of processes that have no start-up of their own to do it in: management commands."""
    guard_require()


def act_current() -> Act:
    """The act that is open on this thread.

    Raises:
        ActMissing: none is.
    """
    current = _current.get()
    if current is None:
        raise ActMissing("This changes evidence outside an act; open one with custody.services.act().")
    return current


def commitment(salt: bytes, text: str) -> str:
    """SHA-256(32-byte salt || UTF-8 text) in hex: says nothing about the text once the salt is erased."""
    return hashlib.sha256(salt + text.encode()).hexdigest()


def _write(pending: list[_Pending]) -> None:
    """Number the events of each subject and insert all in the order they were recorded."""
    if not pending:
        return
    with connection.cursor() as cursor:
        _rows_write(cursor, pending)
    begun = [item.uuid for item in pending if item.outcome == Outcome.INTENT]
    if begun:
        lease_until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_S)
        IntentLease.objects.bulk_create([IntentLease(intent=intent, lease_until=lease_until) for intent in begun])


def _rows_write(cursor: CursorWrapper, pending: list[_Pending]) -> None:
    counts = Counter((item.subject.kind, item.subject.id) for item in pending)
    raised = counters_raise(cursor, counts)
    last = {key: raised[key] - count for key, count in counts.items()}
    events: list[dict[str, Any]] = []
    texts: list[TextRow] = []
    for item in pending:
        key = (item.subject.kind, item.subject.id)
        last[key] += 1
        body, committed = _body(item, last[key])
        events.append(_columns(item, last[key], body))
        texts.extend(committed)
    rows_insert(cursor, events, texts)


def _body(item: _Pending, seq: int) -> tuple[bytes, list[TextRow]]:
    """The canonical bytes of body version 1, and the texts its commitments stand for."""
    texts: list[TextRow] = []

    def commit(name: str, text: str | None) -> str | None:
        if text is None:
            return None
        salt = secrets.token_bytes(32)
        texts.append(TextRow(event=item.uuid, field=name, salt=salt, text=text))
        return commitment(salt, text)

    actor, subject = item.actor, item.subject
    body = canonical_bytes(
        {
            "v": BODY_VERSION,
            "id": str(item.uuid),
            "act": str(item.act),
            "follows": _text(item.follows),
            "verb": item.verb.value,
            "category": _category(item),
            "outcome": item.outcome.value,
            "at": time_text(item.at),
            "actor": {
                "kind": actor.kind.value,
                "id": _text(actor.id),
                "post": _text(actor.post),
                "name": commit("actor.name", actor.name),
            },
            "rule": item.rule,
            "reason": {"code": item.reason.code, "text": commit("reason.text", item.reason.text)},
            "recipients": [
                {"kind": to.kind, "id": str(to.id), "name": commit(f"recipients.{place}.name", to.name)}
                for place, to in enumerate(item.recipients)
            ],
            "subject": {
                "kind": subject.kind,
                "id": str(subject.id),
                "files": [{"id": str(file.id), "sha256": file.sha256} for file in subject.files],
            },
            "subject_seq": seq,
            "request": str(request_id()),
            "data": item.data,
        }  # fmt: skip
    )
    return body, texts


def _category(item: _Pending) -> str | None:
    """A denial, or an attempt that failed, is none of the six kinds of processing: nothing was processed."""
    category = CATEGORY_OF[item.verb]
    return category.value if category and item.outcome in {Outcome.DONE, Outcome.INTENT} else None


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _columns(item: _Pending, seq: int, body: bytes) -> dict[str, Any]:
    return {
        "uuid": item.uuid, "act": item.act, "follows": item.follows, "verb": item.verb.value,
        "category": _category(item), "outcome": item.outcome.value, "at": item.at,
        "actor_kind": item.actor.kind.value, "actor_id": item.actor.id, "subject_kind": item.subject.kind,
        "subject_id": item.subject.id, "subject_seq": seq, "request": request_id(), "body": body,
    }  # fmt: skip
