"""My queue, and Find with its filters, table and small pictures. Works without script."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evidence.http.pagination import after, cursor_next
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.recordings.forms import FindForm
from evidence.recordings.item import STATE_TAGS, category_tag
from evidence.recordings.models import Recording, State
from evidence.recordings.queries import count_capped, search
from evidence.recordings.queue import sections_for
from evidence.recordings.services.thumbnails import thumbnails_show

TABLE_ROWS, PICTURES = 50, 24
SHOWN_AS = ("table", "pictures")


@signed_in
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for this person, section by section."""
    sections = [{"section": section, "found": found} for section, found in sections_for(who_of(request))]
    return render(request, "recordings/queue.html", {"sections": sections})


@signed_in
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Recordings and working copies that the asker may know of and that match."""
    who = who_of(request)
    form = FindForm(request.GET)
    view = request.GET.get("view") if request.GET.get("view") in SHOWN_AS else SHOWN_AS[0]
    context: dict[str, Any] = {"form": form, "view": view, "query": request.GET.get("q", ""), "rows": []}
    if form.is_valid():
        rows = search(who, form.criteria())
        size = PICTURES if view == "pictures" else TABLE_ROWS
        found = list(after(rows, "recorded_at", request.GET.get("cursor", ""))[: size + 1])
        page, cursor = cursor_next(found, "recorded_at", size)
        keys = thumbnails_show(who=who, recordings=page) if view == "pictures" else {}
        context |= {
            "count": count_capped(rows),
            "rows": [_row(recording, keys.get(recording.id, "")) for recording in page],
            "is_later": bool(request.GET.get("cursor")),
            "older": _address(request, cursor=cursor) if cursor else "",
            "first": _address(request),
        }
    context |= {
        "ways": [
            {"label": name.capitalize(), "href": _address(request, view=name), "active": name == view}
            for name in SHOWN_AS
        ],
        "selected": _selected(request, form),
        "clear": f"?{urlencode({'view': view})}",
    }  # fmt: skip
    return render(request, "recordings/find.html", context)


def _row(recording: Recording, key: str) -> dict[str, Any]:
    return {
        "recording": recording,
        "state": STATE_TAGS[State(recording.state)],
        "category": category_tag(recording) if recording.is_master else "",
        "picture": f"/recordings/{recording.id}/thumbnail?key={key}" if key else "",
    }


def _address(request: HttpRequest, **changed: str) -> str:
    """This page with the same filters, from the first page unless `cursor` is given."""
    kept = {name: value for name, value in request.GET.items() if value and name != "cursor"}
    return f"?{urlencode(kept | changed)}"


def _selected(request: HttpRequest, form: FindForm) -> list[dict[str, Any]]:
    """The filters in use, each with the address that takes it away."""
    groups = []
    for bound in form:
        value = request.GET.get(bound.name)
        if not value or bound.errors:
            continue
        kept = {name: text for name, text in request.GET.items() if text and name not in {bound.name, "cursor"}}
        text = _choice(bound.field, value)
        groups.append({"heading": bound.label, "tags": [{"text": text, "href": f"?{urlencode(kept)}"}]})
    return groups


def _choice(field: Any, value: str) -> str:
    choices = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    return choices.get(value, value)
