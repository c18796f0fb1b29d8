"""Pages for auditors: the custody tab of a recording, the search across items, and the security log."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evidence.audit.forms import SearchForm, SecurityForm
from evidence.audit.policy import may_erase, may_read_security, search_require, sees_consultations
from evidence.audit.queries import SecuritySearch, own_lines, published, summary_of, told
from evidence.audit.report import LINES_MAX
from evidence.audit.report_forms import REPORT_BUTTONS, ReportWhyForm
from evidence.audit.services import record_read, record_search, security_read
from evidence.audit.words import Entry
from evidence.custody.anchors import anchored
from evidence.custody.checkpoints import sealed
from evidence.custody.models import Event
from evidence.custody.queries import lines
from evidence.custody.words import line_words
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.identity.models import SecurityEntry, SecurityKind
from evidence.recordings.item import item_context
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import recording_for
from evidence.recordings.reasons import LABELS

PAGE_LINES = 50


@signed_in
@require_GET
def custody(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """The custody tab: the full record for those who may read it, else one's own acts and a summary."""
    who = who_of(request)
    recording = recording_for(who, recording_id)
    is_full = bool(RECORDINGS.decide(who, Right.CUSTODY, recording))
    read = record_read(who=who, recording=recording, way="page") if is_full else []
    shown = [item.line for item in read if item.line is not None] if is_full else own_lines(who, recording)
    context = item_context(
        who, recording, "custody", is_full=is_full, items=_items(told(shown)), summary=summary_of(who, recording),
        is_withholding=is_full and not sees_consultations(who), why_form=ReportWhyForm(), lines_max=f"{LINES_MAX:,}",
        report_buttons=REPORT_BUTTONS,
    )  # fmt: skip
    return render(request, "audit/custody.html", context)


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """The log's public keys and newest checkpoint, for anybody; on paper it is the day's root."""
    return render(request, "audit/log.html", {"log": published(), "marking": "OFFICIAL"})


@signed_in
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """The record across items, by person, item and day."""
    who = who_of(request)
    search_require(who)
    form = SearchForm(request.GET or None)
    context: dict[str, Any] = {"form": form, "is_asked": form.is_bound, "reads_security": may_read_security(who)}
    context["may_erase"] = may_erase(who)
    if form.is_bound and form.is_valid():
        before = request.GET.get("before", "")
        found = record_search(
            who=who, search=form.search(), limit=PAGE_LINES + 1, before=int(before) if before.isdigit() else None
        )
        page = found[:PAGE_LINES]
        kept = {name: value for name, value in request.GET.items() if value and name != "before"}
        context |= {
            "rows": _rows(page),
            "asked": f"?{urlencode(kept)}",
            "older": f"?{urlencode({**kept, 'before': page[-1].position})}" if len(found) > PAGE_LINES else "",
        }
    return render(request, "audit/search.html", context)


@signed_in
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """The security log, newest first, by person and kind."""
    form = SecurityForm(request.GET or None)
    is_wrong = form.is_bound and not form.is_valid()
    search = form.search() if form.is_bound and not is_wrong else SecuritySearch()
    found = security_read(
        who=who_of(request), search=search, limit=PAGE_LINES + 1, before=_id(request.GET.get("before", "")),
        address=request.META.get("REMOTE_ADDR"),
    )  # fmt: skip
    page = [] if is_wrong else found[:PAGE_LINES]
    kept = {name: value for name, value in request.GET.items() if value and name != "before"}
    is_more = bool(page) and len(found) > PAGE_LINES
    older = f"?{urlencode({**kept, 'before': str(page[-1].id)})}" if is_more else ""
    context = {"form": form, "rows": [_security_row(entry) for entry in page], "is_wrong": is_wrong, "older": older}
    return render(request, "audit/security.html", context)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _security_row(entry: SecurityEntry) -> dict[str, Any]:
    """`by`: the person, or the account of the operating system where nobody was signed in."""
    known = dict(SecurityKind.choices)
    account = f"Account {entry.account}, at a terminal" if entry.account else "Nobody signed in"
    return {
        "at": entry.at,
        "kind": known.get(entry.kind, entry.kind),
        "by": entry.person.label if entry.person else account,
        "about": entry.about.label if entry.about else "",
        "detail": entry.detail,
        "address": entry.address or "",
    }


def _items(shown: list[Entry]) -> list[dict[str, Any]]:
    """As the time line component takes them. Sealed: every event it was told from is under a signed checkpoint;
    anchored: under one that somebody outside holds or has signed."""
    events = [uuid for entry in shown for uuid in entry.uuids]
    states = (("anchored", anchored(events)), ("sealed", sealed(events)))
    return [
        {
            "title": entry.title,
            "at": entry.at,
            "text": entry.text,
            "state": next((state for state, known in states if known.issuperset(entry.uuids)), "recorded"),
        }
        for entry in shown
    ]


def _rows(events: list[Event]) -> list[dict[str, Any]]:
    pages = {"recording": "/recordings/{}/custody", "case": "/cases/{}/"}
    return [
        {
            "at": line.at,
            "words": line_words(line, LABELS),
            "kind": line.body["subject"]["kind"],
            "item": line.body["subject"]["id"],
            "href": pages.get(line.body["subject"]["kind"], "").format(line.body["subject"]["id"]),
            "category": line.category or "",
        }
        for line in lines(events)
    ]
