"""Pages of sharing on the force site: the share table of a recording, sharing with a colleague, links. HTTP only."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evidence.cases.queries import exhibits_with
from evidence.http.errors import AppError
from evidence.http.form_errors import error_show
from evidence.identity.access import signed_in
from evidence.identity.errors import Denied
from evidence.identity.middleware import who_of
from evidence.recordings.item import item_context
from evidence.recordings.leaving import leaving_bar, leaving_caution
from evidence.recordings.models import Recording
from evidence.recordings.policy import Right, sees_others
from evidence.recordings.queries import recording_for
from evidence.sharing.errors import LinkMade, ShareOver
from evidence.sharing.expiry import end_of
from evidence.sharing.forms import ExtendForm, LinkForm, ShareForm
from evidence.sharing.policy import extension_rule
from evidence.sharing.queries import link_for, share_for
from evidence.sharing.services.links import LinkCreated, link_create, link_extend, link_revoke, link_terms_check
from evidence.sharing.services.shares import share_give, share_revoke
from evidence.sharing.table import link_rows, share_rows

UNPROCESSABLE = 422
TAB = "share"


@signed_in
@require_GET
def share_table(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """To whom it is shared, and the form to share it with a colleague."""
    return _table_page(request, recording_for(who_of(request), recording_id), ShareForm())


@signed_in
@require_POST
def share_new(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Share with a colleague."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.SHARE)
    form = ShareForm(request.POST)
    if form.is_valid():
        to, until_at = form.cleaned_data["to"], end_of(form.cleaned_data["until"])
        try:
            share_give(who=who, recording=recording, to=to, reason=form.cleaned_data["reason"], until_at=until_at)
        except Denied:
            raise
        except AppError as error:
            error_show(form, error)
        else:
            messages.success(request, f"{to.label} can watch it now, and finds it in their queue.")
            return redirect("recording-share", recording_id=recording_id)
    return _table_page(request, recording, form)


@signed_in
@require_POST
def share_end(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """End a share."""
    who = who_of(request)
    share = share_for(who, share_id)
    share_revoke(who=who, share=share)
    messages.success(request, f"{share.to.label} cannot watch it by this share any more.")
    return redirect("recording-share", recording_id=share.recording_id)


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def link_new(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """The form for a link, then the card that asks once more, then the link: shown on this answer and never again."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.DISCLOSE)
    if request.method == "GET":
        return _link_page(request, recording, LinkForm(initial={"link_id": uuid4()}))
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _link_page(request, recording, form)
    try:
        link_terms_check(who=who, recording=recording, terms=form.terms())
        if "confirm" not in request.POST:
            return _link_page(request, recording, form, is_card=True)
        if request.POST["confirm"] != "yes":
            return _link_page(request, recording, form)
        created = link_create(who=who, recording=recording, terms=form.terms(), identifier=form.cleaned_data["link_id"])
    except LinkMade as error:
        messages.info(request, error.message)
        return redirect("recording-share", recording_id=recording_id)
    except Denied:
        raise
    except AppError as error:
        error_show(form, error)
        return _link_page(request, recording, form)
    return _link_shown(request, recording, created)


@signed_in
@require_POST
def link_end(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """End a link."""
    who = who_of(request)
    link = link_for(who, link_id)
    link_revoke(who=who, link=link)
    messages.success(request, f"The link for {link.recipient} does not open any more.")
    return redirect("recording-share", recording_id=link.recording_id)


@signed_in
@require_http_methods(["GET", "POST"])
def link_later(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Move a link's end; the form too is only for those who may."""
    who = who_of(request)
    link = link_for(who, link_id)
    extension_rule(who, link)
    if link.revoked_at is not None:
        raise ShareOver
    form = (
        ExtendForm(request.POST)
        if request.method == "POST"
        else ExtendForm(initial={"expires": timezone.localdate(link.expires_at)})
    )
    if form.is_bound and form.is_valid():
        try:
            link_extend(who=who, link=link, expires_at=end_of(form.cleaned_data["expires"]))
        except Denied:
            raise
        except AppError as error:
            error_show(form, error)
        else:
            messages.success(request, f"The link for {link.recipient} has its new end.")
            return redirect("recording-share", recording_id=link.recording_id)
    context = item_context(who, link.recording, TAB, link=link, form=form)
    return render(request, "sharing/extend.html", context, status=UNPROCESSABLE if form.errors else 200)


def _table_page(request: HttpRequest, recording: Recording, form: ShareForm) -> HttpResponse:
    who = who_of(request)
    context = item_context(
        who, recording, TAB, shares=share_rows(who, recording), links=link_rows(who, recording), form=form,
        exhibits=exhibits_with(who, recording), sees_others=sees_others(who, recording),
    )  # fmt: skip
    return render(request, "sharing/table.html", context, status=UNPROCESSABLE if form.errors else 200)


def _link_page(request: HttpRequest, recording: Recording, form: LinkForm, *, is_card: bool = False) -> HttpResponse:
    more: dict[str, Any] = {"form": form, "bar": leaving_bar(recording)}
    if is_card:
        more |= {"terms": form.terms(), "posted": _posted(request), "caution": leaving_caution(recording)}
    template = "sharing/link_card.html" if is_card else "sharing/link_form.html"
    context = item_context(who_of(request), recording, TAB, **more)
    return render(request, template, context, status=UNPROCESSABLE if form.errors else 200)


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    """What was filled in, to be sent again with the card's answer."""
    return [
        (name, str(value)) for name, value in request.POST.items() if name not in {"csrfmiddlewaretoken", "confirm"}
    ]


def _link_shown(request: HttpRequest, recording: Recording, created: LinkCreated) -> HttpResponse:
    context = item_context(who_of(request), recording, TAB, link=created.link, url=created.url)
    return render(request, "sharing/link_made.html", context, status=201)
