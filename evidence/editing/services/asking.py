"""Asking for a working copy: the right, a reason, what is wrong with it said at once; then an event and a job.

Everything is checked before the job exists, so that nobody waits for a refusal. The same asking sent twice (a button
pressed twice, a connection that broke) is one job: `request_key` names the asking.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID, uuid4

from evidence.custody.canonical import canonical_bytes
from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.editing.drawing import drawing_read
from evidence.editing.errors import EditRefused, NotEditable
from evidence.editing.footage import Film, film_of, footage_of, part_wanted
from evidence.editing.orders import (
    RENDER,
    SHEET,
    TRANSCODE,
    Order,
    canonical_sha256,
    named_file,
    order_files,
    order_of,
    transcode_recipe,
)
from evidence.editing.recipes import clip_of, redaction_of, still_of
from evidence.editing.services.finders import finders_require
from evidence.editing.stretches import Edge, Stretch
from evidence.editing.ways import is_compatible
from evidence.editing.written import Written, overlay_of
from evidence.http.errors import Fault
from evidence.http.idempotency import IdempotencyKeyReused
from evidence.identity.errors import ReasonMissing
from evidence.identity.who import Who
from evidence.jobs.models import Job
from evidence.jobs.services import job_enqueue
from evidence.recordings.models import Kind, Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import parts_of
from evidence.recordings.subjects import subject_of
from workers.media.recipe import Overlay, Recipe, recipe_sha256, recipe_to_obj
from workers.media.sheet_report import MOST_FRAMES, USUAL_FRAMES, sheet_recipe

REASON_MAX = 500
NOTHING_WRITTEN = Written()
Resolve = Callable[[Film], tuple[Recipe, str]]


def clip_request(
    *, who: Who, recording: Recording, stretches: Sequence[Stretch], reason: str, part: int | None = None,
    request_key: str | None = None, compatible: bool | None = None, written: Written = NOTHING_WRITTEN,
) -> Job:  # fmt: skip
    """Have the stretches cut out, in this order, into one clip; `compatible`: see `ways`, None: as is usual.

    `part` None, here and below: frames and seconds run on through all parts of the recording.

    Raises:
        Denied, ReasonMissing, NotEditable, EditRefused, IdempotencyKeyReused: says what to do.
    """
    asking = _Asking(who, recording, part, reason.strip()[:REASON_MAX], request_key)
    is_whole = is_compatible(Kind.CLIP, compatible)
    return asking.rendered(
        Kind.CLIP, lambda film: clip_of(film, stretches, compatible=is_whole, overlay=asking.overlay(written))
    )


def redaction_request(
    *, who: Who, recording: Recording, draft: object, reason: str, part: int | None = None,
    request_key: str | None = None, compatible: bool | None = None, written: Written = NOTHING_WRITTEN,
) -> Job:  # fmt: skip
    """Have what is drawn in `draft` (version 1, JSON values) covered and muted; `compatible`: see `ways`.

    Raises:
        Denied, ReasonMissing, NotEditable, EditRefused, IdempotencyKeyReused: says what to do.
    """
    asking = _Asking(who, recording, part, reason.strip()[:REASON_MAX], request_key)
    is_whole = is_compatible(Kind.REDACTION, compatible)

    def resolved(film: Film) -> tuple[Recipe, str]:
        drawing = drawing_read(draft)
        finders_require([part.file for part in film.parts], drawing)
        return redaction_of(film, drawing, compatible=is_whole, overlay=asking.overlay(written))

    return asking.rendered(Kind.REDACTION, resolved)


def still_request(
    *, who: Who, recording: Recording, moment: Edge, reason: str, part: int | None = None,
    request_key: str | None = None, written: Written = NOTHING_WRITTEN,
) -> Job:  # fmt: skip
    """Have the frame on show at `moment` kept as a picture.

    Raises:
        Denied, ReasonMissing, NotEditable, EditRefused, IdempotencyKeyReused: says what to do.
    """
    asking = _Asking(who, recording, part, reason.strip()[:REASON_MAX], request_key)
    return asking.rendered(Kind.STILL, lambda film: still_of(film, moment, overlay=asking.overlay(written)))


def transcode_request(
    *, who: Who, recording: Recording, reason: str, part: int | None = None, request_key: str | None = None
) -> Job:
    """Have a plain MP4 (H.264, AAC) made of a whole part; of several parts one has to be named.

    Raises:
        Denied, ReasonMissing, NotEditable, IdempotencyKeyReused: says what to do.
    """
    return _Asking(who, recording, part, reason.strip()[:REASON_MAX], request_key).transcoded()


def sheet_request(
    *, who: Who, recording: Recording, reason: str, count: int = USUAL_FRAMES, part: int | None = None,
    request_key: str | None = None,
) -> Job:  # fmt: skip
    """Have a contact sheet made: `count` frames spread evenly over a part, with their times, as one picture.

    Raises:
        Denied, ReasonMissing, NotEditable, EditRefused, IdempotencyKeyReused: says what to do.
    """
    return _Asking(who, recording, part, reason.strip()[:REASON_MAX], request_key).on_a_sheet(count)


@dataclass(frozen=True, slots=True)
class _Asking:
    """One person asking for one working copy, of one part or, for None, of the whole recording."""

    who: Who
    recording: Recording
    part: int | None
    reason: str
    request_key: str | None

    def rendered(self, kind: Kind, resolve: Resolve) -> Job:
        self._allowed()
        recipe, title = resolve(film_of(self.recording, self.part))
        first, *more = (source.file for source in recipe.sources)
        order = Order(
            file=first, more=more, kind=kind.value, recipe=recipe_to_obj(recipe),
            recipe_sha256=recipe_sha256(recipe), title=title, reason=self.reason, asked=str(uuid4()),
        )  # fmt: skip
        return self._ordered(RENDER, order)

    def overlay(self, written: Written) -> Overlay | None:
        numbers = None if self.part is None else {self.part}
        return overlay_of(self.recording, parts_of(self.recording), written, only=numbers)

    def transcoded(self) -> Job:
        self._allowed()
        part = part_wanted(self.recording, self._one_part())
        original = part.original
        if self.recording.kind == Kind.STILL or original.way in {"", "none"}:
            raise NotEditable(
                "A plain MP4 can only be made of something that was prepared and can be played. "
                "The Watch page says how this recording stands."
            )
        recipe = transcode_recipe(part)
        order = Order(
            file=str(original.id), kind=Kind.TRANSCODE.value, recipe=recipe, recipe_sha256=canonical_sha256(recipe),
            title="Plain MP4", reason=self.reason, asked=str(uuid4()),
        )  # fmt: skip
        return self._ordered(TRANSCODE, order)

    def _one_part(self) -> int:
        numbers = [part.number for part in parts_of(self.recording)]
        if self.part is None and len(numbers) > 1:
            raise NotEditable(
                f"This recording has {len(numbers)} parts, and this is made of one: name it. "
                "For one file of all of them make a clip of the whole recording, most compatible."
            )
        return self.part or next(iter(numbers), 1)

    def on_a_sheet(self, count: int) -> Job:
        self._allowed()
        if not 1 <= count <= MOST_FRAMES:
            detail = f"A contact sheet has 1 to {MOST_FRAMES} frames. Choose how many."
            raise EditRefused([Fault("/count", "out-of-bounds", detail)])
        file = footage_of(self.recording, self._one_part()).file
        recipe = sheet_recipe(named_file(file), count)
        order = Order(
            file=str(file.id), kind=Kind.STILL.value, recipe=recipe, recipe_sha256=canonical_sha256(recipe),
            title=f"Contact sheet of {count} frames", reason=self.reason, asked=str(uuid4()),
        )  # fmt: skip
        return self._ordered(SHEET, order)

    def _allowed(self) -> None:
        """The right comes first: whoever has none is told nothing of the recording."""
        RECORDINGS.require(self.who, Right.EDIT, self.recording)
        if not self.reason:
            raise ReasonMissing

    def _ordered(self, kind: str, order: Order) -> Job:
        with act(actor=self.who.actor, reason=Reason(text=order.reason)) as deed:
            decision = RECORDINGS.require(self.who, Right.EDIT, self.recording)
            job = job_enqueue(
                kind=kind, key=job_key(self.who.person_id, self.request_key), actor=self.who.actor,
                subject=subject_of(self.recording), params=order.params,
            )  # fmt: skip
            known = order_of(job)
            if not known.is_same_as(order):
                raise IdempotencyKeyReused
            if known.asked == order.asked:
                deed.record(
                    Verb.COPY_REQUESTED, subject_of(self.recording, *order_files(order)), rule=decision.rule,
                    data={"kind": order.kind, "recipe_sha256": order.recipe_sha256, "job": str(job.id)},
                )  # fmt: skip
        return job


def job_key(person: UUID, request_key: str | None) -> str:
    """One job for one asking of one person. What it asks for is compared, so that a reused name is noticed."""
    named = canonical_bytes({"person": str(person), "asking": request_key or str(uuid4())})
    return f"copy:{sha256(named).hexdigest()}"
