"""The tags that put components together, the states, and MoJ's components, whose package ships no fixtures."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import TemplateSyntaxError, engines

from evidence.http.states import STATES
from evidence.http.templatetags.components import attrs

VENDOR = Path(__file__).parents[2] / "evidence" / "http" / "static" / "vendor"
TEMPLATES = Path(__file__).parents[2] / "templates"


def rendered(source: str, **values: Any) -> str:
    return engines["django"].from_string("{% load components %}" + source).render(values)


def test_attributes_are_escaped_and_true_gives_the_bare_name() -> None:
    assert (
        attrs({"data-x": '"><script>', "hidden": True, "title": None, "open": False})
        == ' data-x="&quot;&gt;&lt;script&gt;" hidden'
    )


def test_a_part_sees_nothing_of_the_page_but_what_it_is_given() -> None:
    assert "leaked" not in rendered(
        '{% part "input" id="a" name="a" label="A" %}', error="leaked", hint="leaked", classes="leaked"
    )


def test_a_wrapped_body_is_rendered_in_the_pages_own_context() -> None:
    assert "<p>Jones</p>" in rendered('{% wrap "inset_text" %}<p>{{ who }}</p>{% endwrap %}', who="Jones")


def test_what_a_wrapped_body_shows_is_still_escaped() -> None:
    assert "&lt;b&gt;" in rendered('{% wrap "details" summary=who %}{{ who }}{% endwrap %}', who="<b>")


@pytest.mark.parametrize("source", ["{% wrap %}{% endwrap %}", '{% wrap "details" "loose" %}{% endwrap %}'])
def test_a_malformed_wrap_is_refused_when_the_template_is_read(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        rendered(source)


def test_no_two_states_share_word_or_both_shape_and_colour() -> None:
    words = [state.word for state in STATES.values()]
    assert len(set(words)) == len(words)
    assert all(state.shape.strip() and len(state.shape) == 1 for state in STATES.values())


def test_a_state_is_told_by_word_and_shape_and_colour() -> None:
    html = rendered('{% state "not_playable" %}')
    assert "Not playable" in html
    assert "✕" in html
    assert "govuk-tag--red" in html


def test_an_unknown_state_is_a_mistake_and_not_a_grey_tag() -> None:
    with pytest.raises(KeyError):
        rendered('{% state "invented" %}')


JOB = {
    "id": "j1",
    "label": "the clip",
    "state": "running",
    "words": "frame 1 of 2",
    "poll_url": "/p",
    "cancel_url": "/c",
}


def test_a_running_job_polls_and_can_be_cancelled() -> None:
    html = rendered(
        '{% part "progress" job=job %}', job=JOB | {"is_active": True, "total": 2, "done": 1}, csrf_token="abc"
    )
    assert 'hx-get="/p"' in html
    assert 'hx-trigger="every 2s"' in html
    assert '<input type="hidden" name="csrfmiddlewaretoken" value="abc">' in html
    assert 'max="2" value="1"' in html


def test_a_finished_job_neither_polls_nor_offers_to_cancel() -> None:
    html = rendered('{% part "progress" job=job %}', job=JOB | {"state": "done", "is_active": False})
    assert "hx-get" not in html
    assert "<form" not in html
    assert "<progress" not in html


def test_a_job_of_unknown_length_shows_a_bar_without_a_share() -> None:
    html = rendered('{% part "progress" job=job %}', job=JOB | {"is_active": True})
    assert "<progress" in html
    assert "max=" not in html


HOOKS = {
    "govuk-checkboxes",
    "govuk-file-upload--error",
    "govuk-js-service-navigation-toggle",
    "govuk-table__body",
    "govuk-table__head",
    "govuk-table__row",
    "govuk-template__footer",
    "govuk-template__header",
    "moj-filter__content",
    "moj-timeline__header",
}
"""Classes of the packages' own markup that no rule of theirs uses."""


def _classes(text: str) -> set[str]:
    return set(re.findall(r"(?:govuk|moj|app)-[a-zA-Z0-9_-]+", text))


def _used(template: Path) -> set[str]:
    plain = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", template.read_text())
    names = {name for value in re.findall(r'class="([^"]*)"', plain) for name in value.split()}
    return {name for name in names if re.fullmatch(r"(govuk|moj)-[a-z0-9_-]*[a-z0-9]", name)}


def test_every_class_of_the_packages_that_our_templates_use_exists_in_a_style_sheet() -> None:
    known = set().union(*(_classes(sheet.read_text()) for sheet in VENDOR.glob("*/*.css")))
    templates = [
        path for pattern in ("components/*.html", "base*.html", "errors/*.html") for path in TEMPLATES.glob(pattern)
    ]
    for template in templates:
        assert _used(template) <= known | HOOKS, template.name


def test_every_state_a_template_names_is_known() -> None:
    for template in TEMPLATES.rglob("*.html"):
        assert set(re.findall(r'{% state "([^"]+)"', template.read_text())) <= set(STATES), template


def test_no_page_holds_inline_script_or_style() -> None:
    # what goes onto a disc is opened from a file, alone: no policy applies, and its style must travel inside it
    for template in (path for path in TEMPLATES.rglob("*.html") if "disc" not in path.parts):
        text = template.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), template
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text), template
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text), template
