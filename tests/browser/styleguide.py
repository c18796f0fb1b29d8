"""Everything the shell and the components show, on one page: what the browser tests look at."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import engines
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evidence.http.form_fields import DatePartsField

SHA256 = "3f1a9c07d2b84e6f90aa51c2e7d833b6450f9e1278cd34ab56ef7890123c4d5e"


class StyleForm(forms.Form):
    title = forms.CharField(label="Title", help_text="What a colleague would look for.")
    when = DatePartsField(label="When was it recorded?", help_text="For example, 22 11 2026")
    category = forms.ChoiceField(
        label="Category", widget=forms.RadioSelect, choices=[("a", "Assault"), ("p", "Public order")]
    )
    flags = forms.MultipleChoiceField(
        label="Flags",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("c", "Children"), ("v", "Victim speaks")],
    )
    notes = forms.CharField(label="Notes", required=False, widget=forms.Textarea)
    reason = forms.ChoiceField(label="Reason", choices=[("", "Choose"), ("dip", "Dip sample")])
    is_sure = forms.BooleanField(label="I have watched the whole recording")


def _tag(name: str) -> SafeString:
    return SafeString(engines["django"].from_string("{% load components %}{% state name %}").render({"name": name}))


def _row(number: int) -> list[dict[str, Any]]:
    link = format_html('<a class="govuk-link" href="/recordings/{}">Broad Street, {}</a>', number, number)
    return [
        {"text": link},
        {"text": "22 Nov 2026, 19:04:31", "sort_value": number, "classes": "app-nowrap"},
        {"text": "12 min 04 s", "format": "numeric", "sort_value": 724},
        {"text": "PC 4312 Jones", "classes": "app-nowrap"},
        {"text": _tag("playable" if number % 2 else "preparing")},
    ]


def _job(**more: Any) -> dict[str, Any]:
    return {"id": "j1", "label": "the redaction"} | more


def _who() -> SimpleNamespace:
    actor = SimpleNamespace(name="PC 4312 Jones")
    return SimpleNamespace(is_person=True, actor=actor, post_label="Officer, Response A")


def _heads() -> list[dict[str, str]]:
    return [
        {"text": "Recording", "sort": "ascending"},
        {"text": "When", "sort": "none"},
        {"text": "Length", "sort": "none", "format": "numeric"},
        {"text": "Officer"},
        {"text": "State"},
    ]


def _events(copy: str) -> list[dict[str, Any]]:
    at = datetime(2026, 11, 22, 19, 4, 31, tzinfo=UTC)
    khan = "Sgt 2210 Khan"
    return [
        {"title": f"{khan} watched 3 min 12 s: dip sample", "by": khan, "at": at, "state": "recorded"},
        {"title": "Master sealed", "by": "Dock 3, Broad Street", "at": at, "text": copy, "state": "anchored"},
    ]


def _summary(copy: str) -> list[dict[str, Any]]:
    change = {"text": "Change", "href": "#", "hidden_text": "camera"}
    return [{"key": "SHA-256", "value": copy}, {"key": "Camera", "value": "BW-0417", "actions": [change]}]


def context() -> dict[str, Any]:
    """The context of styleguide.html."""
    copy = engines["django"].from_string('{% load components %}{% part "hash" value=value %}').render({"value": SHA256})
    nav = [("My queue", "/"), ("Find", "/recordings/"), ("Upload", "/upload"), ("Cases", "/cases/"), ("Jobs", "/jobs/")]
    tabs = ("Watch", "Edit", "Copies", "Custody", "Access", "Details")
    masking = _job(state="running", words="masking frame 5,200 of 18,000, about 2 min")
    full = _job(state="failed", words="The redaction was not made: the disk was full.")
    return {
        "who": _who(),
        "nav": [{"label": label, "href": href, "active": label == "Find"} for label, href in nav],
        "session_idle_s": 900,
        "csrf_token": "the-token",
        "crumbs": [{"text": "Find", "href": "/recordings/"}, {"text": "Broad Street"}],
        "facts": ["22 Nov 2026, 19:04:31", "12 min 04 s", "PC 4312 Jones", "Camera BW-0417", "camera clock 12 s fast"],
        "tabs": [{"label": label, "href": f"#{label}", "active": label == "Watch"} for label in tabs],
        "selected": [{"heading": "Category", "tags": [{"text": "Assault", "href": "?"}]}],
        "options": [{"value": "", "text": "Any"}, {"value": "a", "text": "Assault"}],
        "head": _heads(),
        "rows": [_row(number) for number in range(1, 5)],
        "pages": [{"number": 1, "href": "?p=1"}, {"number": 2, "href": "?p=2", "current": True}, {"ellipsis": True}],
        "job": masking | {"is_active": True, "total": 18000, "done": 5200, "poll_url": "/job", "cancel_url": "/cancel"},
        "failed_job": full | {"id": "j2", "what_to_do": "Nothing is lost. Try again when there is room."},
        "events": _events(copy),
        "summary": _summary(copy),
        "form": StyleForm({"title": "", "when_day": "31", "when_month": "2", "when_year": "2026", "category": "a"}),
        "messages": [Message(constants.SUCCESS, "The marker was added.")],
    }
