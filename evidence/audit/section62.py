"""The log of processing for the Information Commissioner (Data Protection Act 2018, section 62): every line that is
collection, alteration, consultation, disclosure, combination or erasure, told in full, as JSON Lines or CSV.

Written while it is read, a batch at a time, so that any number of lines takes the same memory. A newcomer's trap: what
is exported is fixed (by its last position) and on the record before the first byte leaves; what happens meanwhile is
not in it. Whoever is not told who looked gets no consultations of others: the file's name says so, and never how many.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from evidence.audit.errors import SearchTooWide
from evidence.audit.policy import events_for, search_require, sees_consultations
from evidence.audit.queries import Search, found_by
from evidence.audit.subjects import RECORD
from evidence.custody.canonical import time_text
from evidence.custody.models import Event
from evidence.custody.parties import Reason
from evidence.custody.queries import Line, lines
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.custody.words import deed_words
from evidence.http.csv_cells import plain_cell
from evidence.identity.models import Post
from evidence.identity.who import Who
from evidence.recordings.reasons import LABELS

VERSION = 1
AT_ONCE = 500
COLUMNS = (
    "at_utc", "category", "outcome", "what", "verb", "who_kind", "who_id", "who_name", "who_post", "item_kind",
    "item_id", "item_line", "reason_code", "reason", "recipients", "event",
)  # fmt: skip


class ExportFormat(StrEnum):
    """What the log is written as."""

    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.JSONL: "application/jsonl"}


@dataclass(frozen=True, kw_only=True)
class Export:
    """A log on its way out. `rows`: its text, piece by piece; to be read once."""

    name: str
    media_type: str
    rows: Iterator[str]


def log_export(*, who: Who, search: Search, written_as: ExportFormat, reason: Reason) -> Export:
    """Every line with a category that matches, first to last. That it was exported is an event before it begins.

    Raises:
        Denied: not for this person.
        SearchTooWide: nothing narrows it.
    """
    with act(actor=who.actor, reason=reason) as deed:
        rule = search_require(who)
        if not search.is_narrow:
            raise SearchTooWide
        events = events_for(who, found_by(search)).exclude(category=None)
        found = events.order_by().aggregate(lines=Count("position"), first=Min("position"), last=Max("position"))
        said = {"way": "section-62", "format": written_as.value, "lines": found["lines"]}
        deed.record(Verb.RECORD_EXPORTED, RECORD, rule=rule, data={**search.data, **said})
    told = _in_batches(events, first=found["first"] or 0, last=found["last"] or 0)
    part = "" if sees_consultations(who) else "_without-consultations-of-others"
    return Export(
        name=f"section-62-log_{timezone.localtime():%Y-%m-%d}{part}.{written_as.value}",
        media_type=MEDIA_TYPES[written_as],
        rows=_csv(told) if written_as == ExportFormat.CSV else _jsonl(told),
    )  # fmt: skip


def _in_batches(events: QuerySet[Event], *, first: int, last: int) -> Iterator[dict[str, Any]]:
    """By position, which is the primary key: each batch begins where the one before ended."""
    rows = events.order_by("position").filter(position__lte=last)
    after = first - 1
    while batch := list(rows.filter(position__gt=after)[:AT_ONCE]):
        after = batch[-1].position
        told = lines(batch)
        posts = _posts(told)
        yield from (_told(line, posts) for line in told)


def _posts(told: list[Line]) -> dict[str, str]:
    wanted = {post for line in told if (post := line.body["actor"]["post"])}
    return {str(post.id): str(post) for post in Post.objects.filter(pk__in=map(UUID, wanted)).select_related("unit")}


def _told(line: Line, posts: dict[str, str]) -> dict[str, Any]:
    body = line.body
    actor, reason, subject, post = body["actor"], body["reason"], body["subject"], body["actor"]["post"]
    return {
        "v": VERSION, "at": time_text(line.at), "category": line.category, "outcome": line.outcome,
        "what": deed_words(line), "verb": line.verb, "event": str(line.uuid),
        "who": {
            "kind": actor["kind"], "id": actor["id"], "name": line.actor_name,
            "post": {"id": post, "name": posts.get(post, "")} if post else None,
        },
        "item": {"kind": subject["kind"], "id": subject["id"], "line": line.seq},
        "reason": {
            "code": reason["code"], "words": LABELS.get(reason["code"] or "", reason["code"]),
            "text": line.reason_text or None,
        },
        "recipients": [
            {"kind": to["kind"], "id": to["id"], "name": name}
            for to, name in zip(body["recipients"], line.recipient_names, strict=True)
        ],
    }  # fmt: skip


def _jsonl(told: Iterator[dict[str, Any]]) -> Iterator[str]:
    return (f"{json.dumps(each, sort_keys=True, ensure_ascii=False)}\n" for each in told)


def _csv(told: Iterator[dict[str, Any]]) -> Iterator[str]:
    """With a mark at the start, so that spreadsheets read the letters right."""
    yield f"\N{ZERO WIDTH NO-BREAK SPACE}{_row(COLUMNS)}"
    for each in told:
        yield _row(_cells(each))


def _cells(each: dict[str, Any]) -> tuple[str, ...]:
    who, item, reason = each["who"], each["item"], each["reason"]
    recipients = "; ".join(f"{to['name']} ({to['kind']} {to['id']})" for to in each["recipients"])
    why = ": ".join(part for part in (reason["words"], reason["text"]) if part)
    return (
        each["at"], each["category"], each["outcome"], each["what"], each["verb"], who["kind"], who["id"] or "",
        who["name"], who["post"]["name"] if who["post"] else "", item["kind"], item["id"], str(item["line"]),
        reason["code"] or "", why, recipients, each["event"],
    )  # fmt: skip


def _row(cells: tuple[str, ...]) -> str:
    sink = StringIO()
    csv.writer(sink).writerow(plain_cell(cell) for cell in cells)
    return sink.getvalue()
