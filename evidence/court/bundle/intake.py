"""How a Master came in, and who said when it was recorded, in words that the custody record bears out.

Only the sealing itself tells who sent it: a dock, a person at a browser or a program of theirs, an import by the force.
What it does not tell is said to be unknown.
"""

from evidence.court.lineage import line_up
from evidence.custody.models import Event
from evidence.custody.parties import ActorKind
from evidence.custody.queries import Line, lines
from evidence.custody.verbs import Verb
from evidence.recordings.models import Recording
from evidence.recordings.policy import KIND

_CAME = {
    ActorKind.DOCK: "sent in by the dock {name}",
    ActorKind.PERSON: "sent in by {name}",
    ActorKind.SYSTEM: "taken in by a process of the force ({name})",
    ActorKind.SERVICE: "taken in by a process of the force ({name})",
}
_DECLARED = {
    ActorKind.DOCK: "as the dock that sent it said",
    ActorKind.PERSON: "as the person who sent it in said",
    ActorKind.SYSTEM: "as the force's import said",
    ActorKind.SERVICE: "as the force's import said",
}


def sender_of(master: Recording) -> str:
    """How a Master came in: 'sent in by the dock Charging room 2'."""
    sealed = _sealed(master)
    if sealed is None or _kind(sealed) not in _CAME:
        return "it is not known who sent it in"
    return _CAME[_kind(sealed)].format(name=sealed.actor_name)


def time_source_words(recording: Recording) -> str:
    """Who said when it was recorded, to follow the time."""
    *_, master = line_up(recording)
    if master.recorded_at_source == "file":
        return "as the file itself says"
    if master.recorded_at_source != "declared":
        return "the time at which it was received: nobody said when it was recorded"
    sealed = _sealed(master)
    if sealed is None or _kind(sealed) not in _DECLARED:
        return "as its sender said; who that was is not known"
    return _DECLARED[_kind(sealed)]


def clock_words(recording: Recording) -> str:
    """How far the camera's clock was off when last compared; '' where that is not known."""
    fast_s = recording.camera.clock_fast_s if recording.camera else None
    if fast_s is None:
        return ""
    if fast_s == 0:
        return "right when last compared"
    way = "fast" if fast_s > 0 else "slow"
    return f"{abs(fast_s)} s {way} when last compared; times here are not corrected"


def _sealed(master: Recording) -> Line | None:
    events = Event.objects.filter(subject_kind=KIND, subject_id=master.id, verb=Verb.MASTER_SEALED)
    return next(iter(lines(events.order_by("subject_seq")[:1])), None)


def _kind(sealed: Line) -> ActorKind:
    return ActorKind(sealed.body["actor"]["kind"])
