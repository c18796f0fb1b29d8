"""Django forms come out as components: labels, hints, errors, and links from the summary to the fields."""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.template import engines

from evidence.http.form_fields import DatePartsField
from evidence.http.form_parts import component_of, error_links
from evidence.http.form_renderer import ComponentRenderer
from tests.http.markup import tree


class ShareForm(forms.Form):
    default_renderer = ComponentRenderer

    recipient = forms.EmailField(label="Recipient", help_text="An address <at> their organisation")
    until = DatePartsField(label="Until when?")
    may = forms.ChoiceField(
        label="They may", widget=forms.RadioSelect, choices=[("view", "View"), ("download", "Download")]
    )
    kinds = forms.MultipleChoiceField(
        label="Kinds", required=False, widget=forms.CheckboxSelectMultiple, choices=[("a", "A"), ("b", "B")]
    )
    reason = forms.ChoiceField(label="Reason", choices=[("", "Choose"), ("cps", "CPS asked")])
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    letter = forms.FileField(label="Letter", required=False)
    is_checked = forms.BooleanField(label="I have watched it")
    token = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any] | None:
        raise forms.ValidationError("This recipient is on hold.")


def rendered(source: str, **values: Any) -> str:
    return engines["django"].from_string("{% load components %}" + source).render(values)


@pytest.fixture
def refused() -> ShareForm:
    return ShareForm(
        {
            "recipient": "no address",
            "until_day": "31",
            "until_month": "2",
            "until_year": "2026",
            "kinds": ["b"],
            "note": "<b>",
        }
    )


def test_every_error_is_in_the_summary_and_links_to_its_field(refused: ShareForm) -> None:
    assert [(link.text, link.href) for link in error_links(refused)] == [
        ("This recipient is on hold.", ""),
        ("Enter a valid email address.", "#id_recipient"),
        ("Enter a date that exists: day, month and year.", "#id_until-day"),
        ("Choose they may.", "#id_may"),
        ("Choose reason.", "#id_reason"),
        ("Tick 'I have watched it'.", "#id_is_checked"),
        ("Enter token.", "#id_token"),
    ]


def test_every_link_of_the_summary_leads_to_an_element_that_is_there(refused: ShareForm) -> None:
    html = rendered("{{ form }}", form=refused)
    for link in error_links(refused):
        if link.href and link.href != "#id_token":
            assert f'id="{link.href[1:]}"' in html


def test_a_form_without_errors_has_no_summary() -> None:
    assert "govuk-error-summary" not in rendered("{{ form }}", form=ShareForm())


def test_a_fields_hint_and_error_describe_it(refused: ShareForm) -> None:
    html = rendered("{% field form.recipient %}", form=refused)
    assert 'aria-describedby="id_recipient-hint id_recipient-error"' in html
    assert 'value="no address"' in html
    assert 'type="email"' in html
    assert "An address &lt;at&gt; their organisation" in html


def test_what_a_person_typed_is_escaped(refused: ShareForm) -> None:
    assert "&lt;b&gt;</textarea>" in rendered("{% field form.note %}", form=refused)


def test_a_field_that_may_be_left_out_says_so() -> None:
    assert "Note (optional)" in rendered("{% field form.note %}", form=ShareForm())
    assert "Recipient (optional)" not in rendered("{% field form.recipient %}", form=ShareForm())


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("recipient", "input"),
        ("until", "date_input"),
        ("may", "radios"),
        ("kinds", "checkboxes"),
        ("reason", "select"),
        ("note", "textarea"),
        ("letter", "file_upload"),
        ("is_checked", "checkboxes"),
    ],
)
def test_each_kind_of_field_has_its_component(name: str, component: str) -> None:
    assert component_of(ShareForm()[name]).template == component


def test_chosen_values_stay_chosen(refused: ShareForm) -> None:
    boxes = [line for line in tree(rendered("{% field form.kinds %}", form=refused)) if "checkbox'" in line]
    assert ["'checked'" in line for line in boxes] == [False, True]


def test_three_boxes_clean_to_a_date() -> None:
    field = DatePartsField()
    assert field.clean(["22", "11", "2026"]) == date(2026, 11, 22)
    assert DatePartsField(required=False).clean(["", "", ""]) is None


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["", "", ""], "Enter a date, for example"),
        (["1", "1", "26"], "four figures"),
        (["31", "2", "2026"], "exists"),
        (["22", "", "2026"], "exists"),
    ],
)
def test_what_is_no_date_is_refused_in_words(parts: list[str], words: str) -> None:
    with pytest.raises(forms.ValidationError, match=words):
        DatePartsField().clean(parts)


def test_a_password_is_never_sent_back() -> None:
    class SignIn(forms.Form):
        password = forms.CharField(widget=forms.PasswordInput)

    assert "hunter2" not in rendered("{% field form.password %}", form=SignIn({"password": "hunter2"}))
