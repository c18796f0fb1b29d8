"""How a Django form field becomes a page component: which include, with which parameters.

The markup is in `templates/components/`; widgets' own templates are never used for visible fields. The newcomer's trap:
the first radio or checkbox of a field has the field's own id (no `_0`), so that an error can link to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BaseForm, BoundField

from evidence.http.form_fields import DatePartsWidget

_NOT_ATTRIBUTES = {"required", "aria-describedby", "aria-invalid", "class", "rows", "cols", "id"}


@dataclass(frozen=True, kw_only=True)
class Component:
    """`template` names a file in templates/components/ without its ending."""

    template: str
    parameters: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ErrorLink:
    """One line of an error summary; `href` is '' for an error that belongs to no field."""

    text: str
    href: str


def component_of(bound: BoundField) -> Component:
    """The component for a bound field, chosen by its widget."""
    widget = bound.field.widget
    shared = _shared(bound)
    if isinstance(widget, DatePartsWidget):
        return Component(template="date_input", parameters=shared | _legend(bound) | {"items": _date_items(bound)})
    if isinstance(widget, forms.RadioSelect):
        # Django's list of checkboxes is a kind of radio list to Python
        kind = "checkboxes" if isinstance(widget, forms.CheckboxSelectMultiple) else "radios"
        return Component(template=kind, parameters=shared | _legend(bound) | {"items": list(_choices(bound))})
    if isinstance(widget, forms.CheckboxInput):
        box = {"value": "on", "text": bound.label, "checked": bool(bound.value())}
        return Component(template="checkboxes", parameters=shared | {"label": "", "items": [box]})
    if isinstance(widget, forms.Select):
        return Component(template="select", parameters=shared | {"items": list(_options(bound))})
    if isinstance(widget, forms.Textarea):
        rows = widget.attrs.get("rows", 5)
        return Component(template="textarea", parameters=shared | {"value": _value(bound), "rows": rows})
    if isinstance(widget, forms.FileInput):
        return Component(template="file_upload", parameters=shared | {"multiple": widget.allow_multiple_selected})
    kind = getattr(widget, "input_type", "text")
    value = "" if kind == "password" else _value(bound)
    return Component(template="input", parameters=shared | {"type": kind, "value": value})


def error_links(form: BaseForm) -> Iterator[ErrorLink]:
    """The form's errors in the order of its fields; those that belong to no field come first."""
    for text in form.non_field_errors():
        yield ErrorLink(text=str(text), href="")
    for bound in form:
        for text in error_words(bound):
            yield ErrorLink(text=text, href=f"#{_target(bound)}")


def error_words(bound: BoundField) -> list[str]:
    """What is wrong with a field. Django's 'This field is required' becomes a sentence that names what to enter."""
    usual = forms.Field.default_error_messages["required"]
    return [_asked(bound) if str(text) == str(usual) else str(text) for text in bound.errors]


def _asked(bound: BoundField) -> str:
    widget, label = bound.field.widget, str(bound.label)
    if isinstance(widget, forms.CheckboxInput):
        return f"Tick '{label}'."
    verb = "Choose" if isinstance(widget, forms.Select | forms.RadioSelect | forms.FileInput) else "Enter"
    return f"{verb} {_as_inside_a_sentence(label)}."


def _as_inside_a_sentence(label: str) -> str:
    first = label.split(" ", maxsplit=1)[0]
    is_name = any(letter.isupper() or letter.isdigit() for letter in first[1:])
    return (label if is_name else label[:1].lower() + label[1:]).rstrip("?:.")


def _target(bound: BoundField) -> str:
    is_date = isinstance(bound.field.widget, DatePartsWidget)
    return f"{bound.auto_id}-day" if is_date else str(bound.auto_id)


def _shared(bound: BoundField) -> dict[str, Any]:
    label = str(bound.label)
    is_tick = isinstance(bound.field.widget, forms.CheckboxInput)
    attributes = bound.build_widget_attrs(dict(bound.field.widget.attrs))
    return {
        "id": str(bound.auto_id),
        "name": bound.html_name,
        "label": label if bound.field.required or is_tick else f"{label} (optional)",
        "hint": bound.help_text,
        "error": " ".join(error_words(bound)),
        "classes": bound.field.widget.attrs.get("class", ""),
        "attributes": {key: value for key, value in attributes.items() if key not in _NOT_ATTRIBUTES},
    }


def _legend(bound: BoundField) -> dict[str, Any]:
    return {"legend": _shared(bound)["label"], "label": ""}


def _value(bound: BoundField) -> str:
    shown = bound.field.widget.format_value(bound.value())
    return "" if shown is None else str(shown)


def _choices(bound: BoundField) -> Iterator[dict[str, Any]]:
    for part in bound.subwidgets:
        yield {"value": part.data["value"], "text": part.choice_label, "checked": part.data["selected"]}


def _options(bound: BoundField) -> Iterator[dict[str, Any]]:
    widget = bound.field.widget
    for _name, group, _index in widget.optgroups(bound.html_name, _selected(bound)):
        for option in group:
            yield {"value": option["value"], "text": option["label"], "selected": option["selected"]}


def _selected(bound: BoundField) -> list[str]:
    value = bound.value()
    values = value if isinstance(value, list | tuple) else [value]
    return ["" if item is None else str(item) for item in values]


def _date_items(bound: BoundField) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = bound.subwidgets[0].data["subwidgets"]
    return [
        {
            "id": f"{bound.auto_id}-{name}",
            "name": part["name"],
            "label": name.capitalize(),
            "value": part["value"] or "",
        }
        | ({"classes": "govuk-input--width-4"} if name == "year" else {})
        for name, part in zip(("day", "month", "year"), parts, strict=True)
    ]
