"""Every write of alignment: have two recordings listened to, decide what came of it, set an offset by hand.

What the sound says is a proposal and moves nothing until a person has accepted it. Each deed is an event on both
recordings, told from each one's own side.
"""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from evidence.alignment.errors import AlignmentDecided, NotAPair
from evidence.alignment.models import Alignment, Source, State
from evidence.alignment.queries import JOB_KIND, clock_ms, pair_rows
from evidence.custody.parties import Reason, system
from evidence.custody.services import Act, act
from evidence.custody.verbs import Verb
from evidence.identity.errors import ReasonMissing
from evidence.identity.who import Who
from evidence.jobs.models import ENDED_BADLY, Job
from evidence.jobs.services import job_enqueue, job_retry
from evidence.recordings.models import Kind, Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import viewing_files
from evidence.recordings.subjects import subject_of

LISTENING = system("Alignment")
RULE = "job:alignment"
WITHIN_S = 600
"""How far from what the clocks say the sound is searched, unless everything is."""
FURTHEST_MS = 7 * 24 * 3600 * 1000
REASON_MAX = 500


def alignment_ask(*, who: Who, one: Recording, other: Recording, everywhere: bool = False) -> Job:
    """Have the sound of two recordings held against each other; asking again while that goes on gives the same job.

    Raises:
        Denied: no right to watch one of them.
        NotAPair: they are the same one, one is a still, or one of them has no sound.
    """
    with act(actor=who.actor) as deed:
        rules = [RECORDINGS.require(who, Right.WATCH, each).rule for each in (one, other)]
        _require_pair(one, other)
        done = pair_rows(one, other).filter(source=Source.SOUND).count()
        names = ":".join(sorted((str(one.pk), str(other.pk))))
        about = None if everywhere else clock_ms(one, other)
        job = job_enqueue(
            kind=JOB_KIND, key=f"align:{names}:{done}:{'all' if everywhere else 'near'}", actor=who.actor,
            subject=subject_of(one),
            params={
                "one": str(one.pk), "other": str(other.pk), "about_ms": about,
                "within_s": WITHIN_S if about is not None else None, "by": str(who.person_id),
            },
        )  # fmt: skip
        if job.state in ENDED_BADLY:
            job = job_retry(job=job, actor=who.actor)
        for recording, rule in zip((one, other), rules, strict=True):
            files = viewing_files(recording)
            deed.record(Verb.ALIGNMENT_REQUESTED, subject_of(recording, *files), rule=rule, data={"job": str(job.id)})
    return job


def _require_pair(one: Recording, other: Recording) -> None:
    if one.pk == other.pk:
        raise NotAPair("A recording cannot be set beside itself.")
    for each in (one, other):
        if each.kind == Kind.STILL or not each.has_audio:
            raise NotAPair(f"{each.label} has no sound, so it cannot be matched by it. Set the offset by hand.")


def alignment_found(*, job: Job, report: Mapping[str, Any]) -> Alignment:
    """Keep what the sound says as a proposal, or that it says nothing. Called inside the job's finishing transaction.

    `report`: an `AlignReport` as JSON.
    """
    one, other = (Recording.objects.get(pk=job.params[name]) for name in ("one", "other"))
    offset_ms = report["offset_ms"]
    row = Alignment(
        one=one, other=other, source=Source.SOUND, offset_ms=offset_ms, confidence_pct=report["confidence_pct"],
        state=State.NOT_FOUND if offset_ms is None else State.PROPOSED, said=report["sentence"], report=dict(report),
        job=job.pk, made_by_id=job.params["by"],
    )  # fmt: skip
    with act(actor=LISTENING) as deed:
        row.full_clean()
        row.save()
        data = {"refusal": report["refusal"], "confidence_pct": report["confidence_pct"]}
        _told(deed, Verb.ALIGNMENT_FOUND, row, (RULE, RULE), data)
    return row


def alignment_decide(*, who: Who, alignment: Alignment, is_accepted: bool, reason: str = "") -> Alignment:
    """Accept what the sound says, or refuse it.

    Raises:
        Denied: no right to annotate both recordings.
        AlignmentDecided: somebody has decided it meanwhile.
    """
    with act(actor=who.actor, reason=Reason(text=reason.strip()[:REASON_MAX] or None)) as deed:
        row = Alignment.objects.select_for_update(of=("self",)).select_related("one", "other").get(pk=alignment.pk)
        rules = _may_decide(who, row.one, row.other)
        if row.state != State.PROPOSED:
            raise AlignmentDecided
        row.state = State.ACCEPTED if is_accepted else State.REFUSED
        row.decided_by_id, row.decided_at = who.person_id, timezone.now()
        row.save(update_fields=["state", "decided_by", "decided_at"])
        _told(deed, Verb.ALIGNMENT_DECIDED, row, rules, {"answer": row.state.value})
    return row


def alignment_set(*, who: Who, one: Recording, other: Recording, offset_ms: int, reason: str) -> Alignment:
    """Set by hand by how much `other` begins after `one`.

    Raises:
        Denied: no right to annotate both recordings.
        ReasonMissing: nothing says what it rests on.
        NotAPair: the same recording twice, a still, or further apart than a week.
    """
    if not reason.strip():
        raise ReasonMissing
    if one.pk == other.pk or Kind.STILL in (one.kind, other.kind):
        raise NotAPair("Two recordings are needed, neither of them a still.")
    if abs(offset_ms) > FURTHEST_MS:
        raise NotAPair("Recordings more than a week apart do not show the same moments.")
    with act(actor=who.actor, reason=Reason(text=reason.strip()[:REASON_MAX])) as deed:
        rules = _may_decide(who, one, other)
        row = Alignment(
            one=one, other=other, source=Source.HAND, state=State.ACCEPTED, offset_ms=offset_ms,
            said=reason.strip()[:REASON_MAX], made_by_id=who.person_id, decided_by_id=who.person_id,
            decided_at=timezone.now(),
        )  # fmt: skip
        row.full_clean()
        row.save()
        _told(deed, Verb.ALIGNMENT_DECIDED, row, rules, {"answer": "set"})
    return row


def _may_decide(who: Who, one: Recording, other: Recording) -> tuple[str, str]:
    for each in (one, other):
        RECORDINGS.require(who, Right.WATCH, each)
    first, second = (RECORDINGS.require(who, Right.ANNOTATE, each).rule for each in (one, other))
    return first, second


def _told(deed: Act, verb: Verb, row: Alignment, rules: tuple[str, str], data: Mapping[str, object]) -> None:
    """One event on each, from its own side; neither names the other recording, so that its record can leave alone."""
    for recording, rule, sign in zip((row.one, row.other), rules, (1, -1), strict=True):
        offset_ms = None if row.offset_ms is None else sign * row.offset_ms
        deed.record(
            verb, subject_of(recording), rule=rule, data={"alignment": str(row.pk), "offset_ms": offset_ms, **data}
        )
