"""Pages of 'Check a file': of the force site, and of the share site inside a link that was opened. HTTP only.

The script of the page posts the same form as a person without script does, and takes the answer out of the page that
comes back: there is one way to ask and one way to say it. No file and no file's name is ever sent.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPMethod
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evidence.audit.check_answers import TROUBLES, UNKNOWN, WORDS, Known, record_words
from evidence.audit.check_forms import CheckForm
from evidence.audit.check_pace import pace_require
from evidence.audit.checking import file_check, file_check_external
from evidence.http.templatetags.words import when
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.recordings.errors import PlaybackOver
from evidence.sharing.door import external, link_of, session_in

METHODS = [HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST]


@signed_in
@require_http_methods(METHODS)
def check(request: HttpRequest) -> HttpResponse:
    """/check, for everybody of the force."""
    form = CheckForm(request.POST if request.method == "POST" else None)
    found: Sequence[Known] | None = None
    if form.is_bound and form.is_valid():
        who = who_of(request)
        pace_require(request, who.person_id)
        found = file_check(who=who, asked=form.asked())
    return _shown(request, "audit/check.html", form, found)


@external
@require_http_methods(METHODS)
def check_external(request: HttpRequest, token: str, session_id: UUID) -> HttpResponse:
    """The same for a recipient, in the viewing that they opened."""
    link = link_of(request, token)
    try:
        session = session_in(request, link, session_id)
    except PlaybackOver:
        return redirect("share-landing", token=token)
    form = CheckForm(request.POST if request.method == "POST" else None)
    found: Sequence[Known] | None = None
    if form.is_bound and form.is_valid():
        pace_require(request, link.id)
        found = file_check_external(link=link, asked=form.asked())
    more = {"link": link, "token": token, "session": session, "home_url": f"/{token}/"}
    return _shown(request, "audit/check_external.html", form, found, more)


def _shown(
    request: HttpRequest,
    template: str,
    form: CheckForm,
    found: Sequence[Known] | None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    is_wrong = form.is_bound and not form.is_valid()
    context = {"form": form, "page_title": "Check a file", **(more or {})}
    if found is not None:
        asked = form.asked()
        context |= {"answers": [_told(known) for known in found], "unknown": UNKNOWN, "asked": asked}
        context["form"] = CheckForm()  # the next file's
    return render(request, template, context, status=422 if is_wrong else 200)


def _told(known: Known) -> dict[str, Any]:
    return {
        "words": WORDS[known.kind],
        "known": known,
        "sealed_utc": _utc_words(known.sealed_at),
        "record": record_words(known.record) if known.record else "",
        "trouble": TROUBLES[known.trouble] if known.trouble else "",
    }


def _utc_words(moment: datetime) -> str:
    """`22 Nov 2026, 19:04:31 UTC`, whatever the zone of the force."""
    with timezone.override(UTC):
        return f"{when(moment)} UTC"
