"""The shells: what the force's pages, the external viewer's and the error pages show and leave out."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.template import engines
from django.template.loader import render_to_string

from evidence.http.errors import AppError, Fault

WHO = SimpleNamespace(is_person=True, actor=SimpleNamespace(name="PC 4312 Jones"), post_label="Officer, Response A")
NAV = [{"label": "My queue", "href": "/", "active": True}, {"label": "Find", "href": "/recordings/", "active": False}]
ERRORS = ["400", "403", "404", "405", "413", "429", "500", "csrf", "problem"]


def page(base: str = "base.html", **values: Any) -> str:
    blocks = "{% block title %}Queue{% endblock %}{% block main %}<h1>Queue</h1>{% endblock %}"
    source = f'{{% extends "{base}" %}}{blocks}'
    return engines["django"].from_string(source).render({"who": WHO, "nav": NAV, "session_idle_s": 900} | values)


def test_every_page_shows_the_marking_who_is_signed_in_and_a_way_out() -> None:
    html = page(csrf_token="abc")
    assert html.count("OFFICIAL-SENSITIVE") == 2
    assert "PC 4312 Jones" in html
    assert "Officer, Response A" in html
    assert "Sign out" in html
    assert "<title>Queue - Continuity</title>" in html


def test_navigation_marks_where_we_are() -> None:
    html = page()
    assert 'href="/" aria-current="true"' in html
    assert 'href="/recordings/">Find' in html


def test_the_search_box_holds_what_was_searched_for_escaped() -> None:
    assert 'value="&quot;Broad&quot; &lt;Street&gt;"' in page(query='"Broad" <Street>')


def test_nobody_signed_in_means_no_search_no_session_warning_and_no_sign_out() -> None:
    html = page(who=SimpleNamespace(is_person=False), nav=[])
    for absent in ('role="search"', "session-watch", "Sign out", "govuk-service-navigation"):
        assert absent not in html


def test_the_title_says_that_there_is_an_error() -> None:
    assert "<title>Error: Queue" in page(form=SimpleNamespace(errors={"a": ["b"]}))


def test_the_external_viewers_shell_has_no_navigation_search_or_person_even_if_given() -> None:
    html = page("base_share.html", force_name="Midshire Police", contact="01632 960001")
    for absent in ('role="search"', "session-watch", "Sign out", "My queue", "htmx.min.js"):
        assert absent not in html
    assert "Midshire Police" in html
    assert "Questions: 01632 960001" in html


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_says_in_plain_words_what_happened_and_what_to_do(name: str) -> None:
    html = render_to_string(f"errors/{name}.html")
    assert '<h1 class="govuk-heading-l">' in html
    assert 'class="govuk-body"' in html
    assert f"{name} " not in html.split("<main")[1]


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_shows_the_errors_own_words_and_faults(name: str) -> None:
    error = AppError(
        "The <b>share</b> has ended. Ask for a new one.", faults=[Fault("/until", "past", "The date has passed.")]
    )
    html = render_to_string(f"errors/{name}.html", {"error": error})
    assert "The &lt;b&gt;share&lt;/b&gt; has ended. Ask for a new one." in html
    assert "The date has passed." in html
