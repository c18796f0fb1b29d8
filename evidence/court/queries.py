"""Reads of disc sets and discs. Who may see a set: whoever may see its case."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from evidence.cases.models import Case, Exhibit
from evidence.cases.policy import CASES, Right
from evidence.cases.queries import case_for, exhibits_of, recordings_known
from evidence.cases.services import case_subject
from evidence.court.errors import DiscMissing, DiscSetMissing, NothingChosen
from evidence.court.models import Disc, DiscSet
from evidence.custody.queries import Intended, intents_of
from evidence.custody.verbs import Verb
from evidence.identity.who import Who
from evidence.jobs.models import Job
from evidence.recordings.policy import RECORDINGS
from evidence.recordings.policy import Right as RecordingRight


def disc_sets_of(case: Case) -> QuerySet[DiscSet]:
    """The sets of a case, newest first, with their discs."""
    return case.disc_sets.select_related("requested_by").prefetch_related("discs__image", "exhibits")


def disc_set_for(who: Who, case_id: UUID, set_id: UUID, right: Right = Right.VIEW) -> DiscSet:
    """The set, if the asker has the right to its case.

    Raises:
        CaseMissing, DiscSetMissing: there is none.
        Denied: there is, but not for them.
    """
    case = case_for(who, case_id, right)
    found = disc_sets_of(case).filter(pk=set_id).first()
    if found is None:
        raise DiscSetMissing
    return found


def disc_of(disc_set: DiscSet, number: int) -> Disc:
    """Disc `number` of a set.

    Raises:
        DiscMissing: it has none of that number (yet).
    """
    disc = disc_set.discs.select_related("image", "disc_set__case").filter(number=number).first()
    if disc is None:
        raise DiscMissing
    return disc


def disc_by_id(identifier: UUID) -> Disc:
    """A disc by its id; who may have it is asked by the service that hands it out.

    Raises:
        DiscMissing: there is none.
    """
    disc = Disc.objects.select_related("image", "disc_set__case").filter(pk=identifier).first()
    if disc is None:
        raise DiscMissing
    return disc


def burns_of(case: Case) -> dict[UUID, list[Intended]]:
    """What was begun to be burned of a case's discs, first to last, by the disc's id."""
    found: dict[UUID, list[Intended]] = {}
    for burn in intents_of(case_subject(case).kind, case.pk, Verb.DISC_BURNED):
        found.setdefault(UUID(burn.began.body["data"]["disc"]), []).append(burn)
    return found


def job_key(disc_set: DiscSet) -> str:
    """The key of the one job that makes a set."""
    return f"disc:{disc_set.pk}"


def job_of_set(disc_set: DiscSet) -> Job | None:
    """The job that makes it."""
    return Job.objects.filter(key=job_key(disc_set)).first()


def exhibits_chosen(case: Case, identifiers: Sequence[UUID]) -> tuple[Exhibit, ...]:
    """Live exhibits of a case by id, in order of reference.

    Raises:
        NothingChosen: none, or one of them is not a live exhibit of this case.
    """
    wanted = set(identifiers)
    found = tuple(exhibits_of(case).filter(pk__in=wanted))
    if not found or len(found) != len(wanted):
        raise NothingChosen("Choose exhibits of this case. One that was withdrawn cannot go on a disc.")
    return found


def exhibits_to_choose(who: Who, case: Case) -> list[tuple[Exhibit, bool]]:
    """Each live exhibit of a case, and whether the asker may disclose it."""
    rows = list(exhibits_of(case))
    may = set(
        RECORDINGS.rows(who, RecordingRight.DISCLOSE)
        .filter(pk__in=[row.recording_id for row in rows])
        .values_list("pk", flat=True)
    )
    return [(row, row.recording_id in may) for row in rows]


def recordings_known_on(who: Who, discs: Iterable[Disc]) -> set[UUID]:
    """The recordings on these discs that the asker may know of; of others they learn the exhibit's reference only."""
    return recordings_known(who, [UUID(each["recording"]) for disc in discs for each in disc.contents])


def contents_shown(disc: Disc, known: Collection[UUID]) -> list[dict[str, Any]]:
    """What is on a disc, as `Disc.contents`: all but the exhibit's reference and id is None where its recording is not
    among those `known` to the asker."""
    hidden = dict.fromkeys(("recording", "file", "path", "size_bytes", "sha256"))
    return [each if UUID(each["recording"]) in known else {**each, **hidden} for each in disc.contents]


def may_make_discs(who: Who, case: Case) -> bool:
    """Whether the asker may make and hand out discs of a case."""
    return bool(CASES.decide(who, Right.DISCS, case))
