"""Opening, watching and closing a recording: one policy check, one reason, one event; then bytes under a short key.

The key lives in a cookie scoped to the opening's own path; its SHA-256 is here. Whoever serves the bytes asks again
whether the right still stands (`recheck_due`), so a revoked share stops playing within a minute.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from evidence.custody.parties import Actor, ActorKind, Reason, Recipient
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import Person
from evidence.identity.who import Who, who_is
from evidence.recordings.errors import NotPlayable, PlaybackOver
from evidence.recordings.models import PlaybackSession, Recording, RecordingFile, State
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import viewing_files
from evidence.recordings.subjects import subject_of

LIFETIME = timedelta(hours=4)
IDLE = timedelta(minutes=30)
RECHECK_S = 60
STRETCHES_MAX = 500


@dataclass(frozen=True, slots=True)
class Opened:
    """A playback session and its key, which is shown this once."""

    session: PlaybackSession
    key: str


def playback_open(
    *, who: Who, recording: Recording, reason_code: str, reason_text: str = "", is_for_page: bool = False
) -> Opened:
    """Open a recording for a person. `is_for_page`: its bytes are for somebody signed in on our own pages only.

    Raises:
        Denied: no right to watch it.
        ReasonMissing: neither a code of the list nor a text was given.
        NotPlayable: it is not ready, or cannot be played; says why.
    """
    if not (reason_code or reason_text.strip()):
        raise ReasonMissing
    reason = Reason(code=reason_code or None, text=reason_text.strip() or None)
    with act(actor=who.actor, reason=reason) as deed:
        decision = RECORDINGS.require(who, Right.WATCH, recording)
        files = playable_files(recording)
        event = deed.record(Verb.PLAYBACK_OPENED, subject_of(recording, *files), rule=decision.rule)
        may_download = bool(RECORDINGS.decide(who, Right.DOWNLOAD, recording))
        return _session(recording, who.actor, event, decision.rule, may_download=may_download, is_for_page=is_for_page)


def playback_open_external(
    *, recording: Recording, actor: Actor, rule: str, verb: Verb, may_download: bool, data: dict[str, object]
) -> Opened:
    """Open a recording for a recipient outside the force; the sharing room has checked its link."""
    assert actor.id is not None  # noqa: S101 - a recipient always has a row
    with act(actor=actor) as deed:
        files = playable_files(recording)
        event = deed.record(
            verb, subject_of(recording, *files), rule=rule, data=data,
            recipients=(Recipient(kind="recipient", id=actor.id, name=actor.name),),
        )  # fmt: skip
        return _session(recording, actor, event, rule, may_download=may_download)


def playable_files(recording: Recording) -> list[RecordingFile]:
    """The files that are played, in order.

    Raises:
        NotPlayable: there are none, or not yet.
    """
    if recording.state != State.PLAYABLE:
        waiting = recording.state in {State.SEALED, State.PREPARING}
        said = recording.state_reason or "It cannot be played."
        raise NotPlayable(
            "It is sealed and being prepared. This page shows it as soon as it can be played." if waiting else said
        )
    files = viewing_files(recording)
    if files and all(file.stored.quarantined_at for file in files):
        raise NotPlayable(
            "It is in quarantine: its bytes in the vault are not what was sealed, or cannot be read. Tell the evidence "
            "manager; it can be restored from a replica."
        )
    return files


def _session(
    recording: Recording, actor: Actor, event: UUID, rule: str, *, may_download: bool, is_for_page: bool = False
) -> Opened:
    assert actor.id is not None  # noqa: S101 - whoever opens has a row: a person or a recipient
    key = secrets.token_urlsafe(32)
    session = PlaybackSession(
        recording=recording, viewer_kind=actor.kind.value, viewer_id=actor.id, viewer_name=actor.name,
        viewer_post=actor.post, key_sha256=_digest(key), opened_event=event, rule=rule, may_download=may_download,
        is_for_page=is_for_page, expires_at=timezone.now() + LIFETIME,
    )  # fmt: skip
    session.save()
    return Opened(session, key)


def playback_use(*, session_id: UUID, key: str) -> PlaybackSession:
    """The live session that this key opens.

    Raises:
        PlaybackOver: no such session, wrong key, expired or closed.
    """
    session = PlaybackSession.objects.select_related("recording").filter(pk=session_id, closed_at=None).first()
    if session is None or not hmac.compare_digest(session.key_sha256, _digest(key)):
        raise PlaybackOver
    if session.expires_at <= timezone.now():
        raise PlaybackOver
    return session


def playback_is_open(session: PlaybackSession) -> bool:
    """Whether nobody has closed it meanwhile and its time is not over."""
    return PlaybackSession.objects.filter(pk=session.pk, closed_at=None, expires_at__gt=timezone.now()).exists()


def recheck_due(session: PlaybackSession) -> bool:
    """True when the right to watch was last confirmed over a minute ago; the caller confirms, then calls `seen`."""
    return (timezone.now() - session.seen_at).total_seconds() > RECHECK_S


def seen(session: PlaybackSession) -> None:
    """The right was confirmed and the viewer is still there."""
    PlaybackSession.objects.filter(pk=session.pk).update(seen_at=timezone.now())


def watched_add(*, session: PlaybackSession, stretches: Iterable[tuple[float, float]]) -> None:
    """Note what was played (seconds from, to), merged with what was noted before."""
    with transaction.atomic():
        row = PlaybackSession.objects.select_for_update().filter(pk=session.pk, closed_at=None).first()
        if row is None:
            raise PlaybackOver
        row.watched = merged([*((a, b) for a, b in row.watched), *stretches], row.recording.duration_s)
        # not `seen_at`: a report of what was played is no proof that the right still stands
        row.save(update_fields=["watched"])


def merged(stretches: Iterable[tuple[float, float]], duration_s: float | None) -> list[list[float]]:
    """Sorted, merged, clipped to the recording; empty and absurd ones dropped."""
    limit = duration_s + 1 if duration_s else 86_400.0
    result: list[list[float]] = []
    for start, end in sorted((max(0.0, a), min(b, limit)) for a, b in stretches):
        if not end > start:
            continue
        if result and start <= result[-1][1] + 0.25:
            result[-1][1] = max(result[-1][1], end)
        else:
            result.append([round(start, 2), round(end, 2)])
    return result[:STRETCHES_MAX]


def playback_close(*, session: PlaybackSession) -> None:
    """End an opening and write what was watched; closing twice writes once."""
    actor = Actor(
        kind=ActorKind(session.viewer_kind), id=session.viewer_id, name=session.viewer_name, post=session.viewer_post
    )
    with act(actor=actor) as deed:
        row = PlaybackSession.objects.select_for_update().get(pk=session.pk)
        if row.closed_at is not None:
            return
        row.closed_at = timezone.now()
        row.save(update_fields=["closed_at"])
        stretches = [[round(start * 1000), round(end * 1000)] for start, end in row.watched]
        watched_ms = sum(end - start for start, end in stretches)
        deed.record(
            Verb.PLAYBACK_CLOSED, subject_of(row.recording), rule=row.rule, follows=row.opened_event,
            data={"watched_ms": watched_ms, "stretches_ms": stretches},
        )  # fmt: skip


def viewer_may_watch(session: PlaybackSession) -> bool:
    """Whether the person who opened it may still watch it; of a recipient outside only their link can say that."""
    if session.viewer_kind != ActorKind.PERSON:
        return False
    person = Person.objects.filter(pk=session.viewer_id).first()
    return person is not None and bool(RECORDINGS.decide(who_is(person), Right.WATCH, session.recording))


def playbacks_close_barred(*, recording: Recording) -> None:
    """Close what is open of a recording that has just been restricted, except for those who may go on watching it."""
    for session in PlaybackSession.objects.filter(recording=recording, closed_at=None):
        if not viewer_may_watch(session):
            playback_close(session=session)


def playbacks_close_over() -> int:
    """Close what was left open: expired, or silent for half an hour. Returns how many."""
    now = timezone.now()
    left = PlaybackSession.objects.filter(closed_at=None, seen_at__lt=now - IDLE)
    over = list(left[:500]) + list(PlaybackSession.objects.filter(closed_at=None, expires_at__lt=now)[:500])
    for session in over:
        playback_close(session=session)
    return len(over)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
