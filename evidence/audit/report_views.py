"""Pages on which a custody report or the log of processing is asked for. HTTP only.

What is asked for comes back as a download in answer to the form, so that a reason never stands in an address.
"""

from collections.abc import Callable
from http import HTTPMethod
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evidence.audit.policy import search_require
from evidence.audit.redaction_reporting import recipe_of, redaction_report
from evidence.audit.redaction_words import NOT_SIGNED
from evidence.audit.report import LINES_MAX, ScopeKind, withholding_words
from evidence.audit.report_answers import export_answer, redaction_answer, report_answer
from evidence.audit.report_forms import (
    EXPORT_BUTTONS,
    REDACTION_BUTTONS,
    REPORT_BUTTONS,
    LogExportForm,
    RedactionWhyForm,
    ReportWhyForm,
    SearchReportForm,
    WhyForm,
)
from evidence.audit.reporting import case_report, recording_report, search_report
from evidence.audit.section62 import log_export
from evidence.cases.policy import Right as CaseRight
from evidence.cases.queries import case_for
from evidence.http.errors import AppError
from evidence.http.form_errors import error_show
from evidence.identity.access import signed_in
from evidence.identity.errors import Denied
from evidence.identity.middleware import who_of
from evidence.identity.who import Who
from evidence.recordings.models import Kind
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for
from evidence.signoff.queries import copy_for, sign_off_of

METHODS = [HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST]
_ITEM = f"A report holds at most {LINES_MAX:,} lines."


@signed_in
@require_http_methods(METHODS)
def recording_page(request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
    """A report of a recording or working copy."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.CUSTODY)
    form = ReportWhyForm(request.POST or None)
    if made := _made(
        form,
        lambda wanted: report_answer(recording_report(who=who, recording=recording, **wanted), wanted["written_as"]),
    ):
        return made
    back = reverse("recording-custody", args=[recording.id])
    about = f"What was done to it and with it, line by line. {_ITEM} The record as JSON lines has no limit."
    return _page(request, form, _item_words(who, ScopeKind.RECORDING, recording.label, about, back))


@signed_in
@require_http_methods(METHODS)
def redaction_page(request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
    """A redaction report of a working copy."""
    who = who_of(request)
    copy = copy_for(who, recording_id)
    recipe_of(copy)
    form = RedactionWhyForm(request.POST or None)
    if made := _made(
        form, lambda wanted: redaction_answer(redaction_report(who=who, copy=copy, **wanted), wanted["written_as"])
    ):
        return made
    about = (
        "What was covered and muted, when, why, by whom and found by what; which frames are the Master's bit for bit; "
        "what was seen when it was looked at again, what was decided and who signed; hashes, settings and tools."
    )
    is_redaction = copy.kind == Kind.REDACTION
    words = {
        "page_title": "Redaction report", "title": copy.label, "about": about, "buttons": REDACTION_BUTTONS,
        "back": reverse("look-again" if is_redaction else "recording-copies", args=[copy.id]),
        "withholding": NOT_SIGNED if is_redaction and sign_off_of(copy) is None else "",
    }  # fmt: skip
    return _page(request, form, words)


@signed_in
@require_http_methods(METHODS)
def case_page(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """A report of a case and of its exhibits' recordings."""
    who = who_of(request)
    case = case_for(who, case_id, CaseRight.CUSTODY)
    form = ReportWhyForm(request.POST or None)
    if made := _made(
        form, lambda wanted: report_answer(case_report(who=who, case=case, **wanted), wanted["written_as"])
    ):
        return made
    about = (
        "The record of the case, and of each recording and working copy that is or was an exhibit of it and whose "
        f"record you may read. {_ITEM} Where a case has more, make a report of each of its recordings."
    )
    back = reverse("case-timeline", args=[case.id])
    return _page(request, form, _item_words(who, ScopeKind.CASE, f"{case.urn} {case.title}", about, back))


@signed_in
@require_http_methods(METHODS)
def search_page(request: HttpRequest) -> HttpResponseBase:
    """A report across items: by person, item and days. What was searched for comes along in the address."""
    who = who_of(request)
    search_require(who)
    form = SearchReportForm(request.POST) if request.method == "POST" else SearchReportForm(initial=_asked(request))
    if made := _made(
        form, lambda wanted: report_answer(search_report(who=who, search=form.search(), **wanted), wanted["written_as"])
    ):
        return made
    about = "All acts of a person, all that was done to an item, or all of some days, line by line, first to last. "
    words = {
        "page_title": "Custody report across items", "about": f"{about}{_ITEM}", "back": reverse("audit"),
        "withholding": withholding_words(who, ScopeKind.SEARCH), "buttons": REPORT_BUTTONS, "searches": True,
    }  # fmt: skip
    return _page(request, form, words)


@signed_in
@require_http_methods(METHODS)
def export_page(request: HttpRequest) -> HttpResponseBase:
    """The log of processing for the Information Commissioner."""
    who = who_of(request)
    search_require(who)
    form = LogExportForm(request.POST) if request.method == "POST" else LogExportForm(initial=_asked(request))
    if made := _made(form, lambda wanted: export_answer(log_export(who=who, search=form.search(), **wanted))):
        return made
    about = (
        "Every collection, alteration, consultation, disclosure, combination and erasure, with when, who, why and to "
        "whom, as section 62 of the Data Protection Act 2018 wants it logged. Any number of lines."
    )
    words = {
        "page_title": "Log of processing (section 62)", "about": about, "back": reverse("audit"),
        "withholding": withholding_words(who, ScopeKind.SEARCH), "searches": True, "buttons": EXPORT_BUTTONS,
    }  # fmt: skip
    return _page(request, form, words)


def _item_words(who: Who, scope: ScopeKind, title: str, about: str, back: str) -> dict[str, Any]:
    return {
        "page_title": "Custody report", "title": title, "about": about, "back": back, "buttons": REPORT_BUTTONS,
        "withholding": withholding_words(who, scope),
    }  # fmt: skip


def _made(form: WhyForm, make: Callable[[dict[str, Any]], HttpResponseBase]) -> HttpResponseBase | None:
    """What was asked for; None, with what is wrong on the form, where nothing was, or it cannot be made."""
    if not (form.is_bound and form.is_valid()):
        return None
    try:
        return make({"written_as": form.cleaned_data["format"], "reason": form.reason})
    except Denied:
        raise
    except AppError as error:
        error_show(form, error)
        return None


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {name: request.GET.get(name, "")[:80] for name in ("person", "item", "from_on", "until_on")}


def _page(request: HttpRequest, form: WhyForm, words: dict[str, Any]) -> HttpResponse:
    is_wrong = form.is_bound and bool(form.errors)
    return render(request, "audit/report.html", {**words, "form": form}, status=422 if is_wrong else 200)
