"""Tags that put page components together: attributes, slots, fields, error summaries and states.

The markup itself is in `templates/components/`. Includes take flat parameters (`label`, `hint`, `error`), never nested
ones; text that holds markup must be marked safe by whoever made it, everything else is escaped here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template import Node, TemplateSyntaxError
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from evidence.http.form_parts import component_of, error_links
from evidence.http.states import STATES

register = template.Library()


@register.filter
def attrs(value: Mapping[str, Any] | None) -> SafeString:
    """HTML attributes of a mapping, with a leading space: True gives the bare name, None and False give nothing."""
    pairs = [(name, item) for name, item in (value or {}).items() if item is not None and item is not False]
    written = (
        format_html(" {}", name) if item is True else format_html(' {}="{}"', name, item) for name, item in pairs
    )
    return SafeString("".join(written))


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """`mapping[key]` for a key held in a variable; None when it is not there."""
    return mapping.get(key)


@register.simple_tag
def described_by(field_id: str, hint: str | None, error: str | None, others: str | None = "") -> SafeString:
    """The aria-describedby attribute of a control, naming its hint and its error; '' when it has neither."""
    return _describing([described_ids(field_id, hint, error, others)])


@register.simple_tag
def described_ids(field_id: str, hint: str | None, error: str | None, others: str | None = "") -> str:
    """The ids of what describes a control, space-separated."""
    ids = [others or "", f"{field_id}-hint" if hint else "", f"{field_id}-error" if error else ""]
    return " ".join(part for part in ids if part)


@register.inclusion_tag("components/state_tag.html")
def state(key: str, word: str = "") -> dict[str, Any]:
    """A state's tag: word, shape and colour. `word` replaces the usual word. Raises KeyError for an unknown state."""
    return {"state": STATES[key], "word": word or STATES[key].word}


@register.simple_tag(takes_context=True)
def field(context: Context, bound: BoundField, /, **extra: Any) -> SafeString:
    """A form field as its component, with label, hint and error; `extra` goes to the component as it is."""
    component = component_of(bound)
    return _render(context, f"components/{component.template}.html", component.parameters | extra)


@register.simple_tag(takes_context=True)
def error_summary(context: Context, *forms: BaseForm | None) -> SafeString:
    """Every error of the given forms, each linked to its field; '' when there is none."""
    links = [link for form in forms if form is not None and form.is_bound for link in error_links(form)]
    if not links:
        return SafeString("")
    return _render(context, "components/error_summary.html", {"title": "There is a problem", "errors": links})


@register.simple_tag(takes_context=True)
def part(context: Context, component: str, /, **values: Any) -> SafeString:
    """`{% part "button" text="Save" %}`: a component with these values and nothing else of the page's context."""
    return _render(context, f"components/{component}.html", values)


@register.simple_tag
def hidden_fields(form: BaseForm) -> SafeString:
    """The form's hidden inputs."""
    return format_html_join("", "{}", ((bound,) for bound in form.hidden_fields()))


@register.tag
def wrap(parser: Parser, token: Token) -> "WrapNode":
    """`{% wrap "details" summary="..." %}...{% endwrap %}`: a component around a body, which it gets as `content`."""
    name, *bits = token.split_contents()[1:] or [""]
    if not name:
        raise TemplateSyntaxError("wrap needs the name of a component")
    parameters = token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError(f"wrap takes name=value only, not {bits[0]}")
    body = parser.parse(("endwrap",))
    parser.delete_first_token()
    return WrapNode(name=parser.compile_filter(name), parameters=parameters, body=body)


class WrapNode(Node):
    """Renders the body first, then the component with it."""

    def __init__(self, *, name: FilterExpression, parameters: Mapping[str, FilterExpression], body: NodeList) -> None:
        self.name, self.parameters, self.nodelist = name, parameters, body

    def render(self, context: Context) -> SafeString:
        """The component's markup."""
        values = {key: expression.resolve(context) for key, expression in self.parameters.items()}
        content = self.nodelist.render(context)
        return _render(context, f"components/{self.name.resolve(context)}.html", values | {"content": content})


def _render(context: Context, name: str, values: Mapping[str, Any]) -> SafeString:
    # Only the values given and the request's CSRF token reach a component: nothing leaks in from the page.
    inner = context.new(dict(values))
    if "csrf_token" in context:
        inner["csrf_token"] = context["csrf_token"]
    if context.template is None:
        raise RuntimeError("A component is rendered by a page's template, not by itself.")
    return context.template.engine.get_template(name).render(inner)


@register.simple_tag
def choice_id(field_id: str, position: int, own_id: str | None = None) -> str:
    """The id of a radio or checkbox: the first has the field's own, so that an error can link to it."""
    return own_id or (field_id if position == 1 else f"{field_id}-{position}")


@register.simple_tag
def choice_checked(item: Mapping[str, Any], value: Any, values: Sequence[Any] | None) -> bool:
    """Whether a choice is ticked: by its own word, else because it is the value, or among the values, of the field."""
    if item.get("checked") is not None:
        return bool(item["checked"])
    if values:
        return item.get("value") in values
    return bool(value) and item.get("value") == value


@register.simple_tag
def choice_described_by(item_id: str, item_hint: str | None, group: str, legend: str | None) -> SafeString:
    """The aria-describedby of one choice. `group` is what describes the whole field, said here if no fieldset does."""
    ids = ["" if legend else group, f"{item_id}-item-hint" if item_hint else ""]
    return _describing(ids)


@register.simple_tag
def any_actions(rows: Iterable[Mapping[str, Any]] | None) -> bool:
    """Whether any row of a summary list has actions, in which case the others get an empty column."""
    return any(row.get("actions") for row in rows or ())


def _describing(ids: Iterable[str]) -> SafeString:
    joined = " ".join(part for part in ids if part)
    return format_html(' aria-describedby="{}"', joined) if joined else SafeString("")
