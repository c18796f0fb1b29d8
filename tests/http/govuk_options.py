"""GOV.UK Frontend's nested macro options, turned into the flat parameters of our includes."""

from collections.abc import Callable
from typing import Any

from django.utils.safestring import mark_safe

Options = dict[str, Any]


class UnsupportedOption(Exception):
    """Our include has no such parameter, on purpose; the fixture is left out of the comparison."""


def words(source: Options | None, name: str = "") -> Any:
    """`html` (already markup) or `text` of an option group, or `nameHtml`/`nameText` with a prefix."""
    source = source or {}
    html, text = (
        (source.get(f"{name}Html"), source.get(f"{name}Text")) if name else (source.get("html"), source.get("text"))
    )
    return mark_safe(html) if html else text


def parameters(component: str, options: Options) -> Options:
    """The parameters that `templates/components/<component>.html` takes for these options."""
    given = dict(options)
    flat: Options = {}
    for key, take in _TAKEN.items():
        if key in given:
            flat |= take(given.pop(key))
    flat |= _SPECIAL.get(component, lambda rest: {})(given)
    for key in ("html", "text"):
        if key in given and "text" not in flat:
            flat["text"] = words(options)
        given.pop(key, None)
    return flat | given


def _only(group: Options, allowed: str) -> Options:
    if extra := set(group or {}) - set(allowed.split()):
        raise UnsupportedOption(", ".join(sorted(extra)))
    return group or {}


def _label(group: Options) -> Options:
    _only(group, "text html classes isPageHeading")
    return {
        "label": words(group),
        "label_classes": group.get("classes"),
        "label_is_heading": group.get("isPageHeading"),
    }


def _hint(group: Options) -> Options:
    return {"hint": words(_only(group, "text html classes")), "hint_classes": group.get("classes")}


def _error(group: Any) -> Options:
    return {"error": words(_only(group, "text html"))}


def _group(group: Options) -> Options:
    _only(group, "classes attributes")
    return {"group_classes": group.get("classes"), "group_attributes": group.get("attributes")}


def _fieldset(group: Options) -> Options:
    _only(group, "legend classes describedBy")
    legend = _only(group.get("legend", {}), "text html classes isPageHeading")
    if not legend:
        raise UnsupportedOption("fieldset without a legend")
    return {
        "legend": words(legend),
        "legend_classes": legend.get("classes"),
        "legend_is_heading": legend.get("isPageHeading"),
        "fieldset_classes": group.get("classes"),
        "others": group.get("describedBy"),
    }


def _affix(name: str) -> Callable[[Options], Options]:
    return lambda group: {name: words(_only(group, "text html"))}


def _plain(name: str) -> Callable[[Any], Options]:
    return lambda value: {name: value}


_TAKEN: dict[str, Callable[[Any], Options]] = {
    "label": _label,
    "hint": _hint,
    "errorMessage": _error,
    "formGroup": _group,
    "fieldset": _fieldset,
    "prefix": _affix("prefix"),
    "suffix": _affix("suffix"),
    "describedBy": _plain("others"),
    "idPrefix": _plain("id"),
    "preventDoubleClick": lambda value: (
        {"prevent_double_click": value} if value else _refuse("preventDoubleClick false")
    ),
}


def _refuse(what: str) -> Options:
    raise UnsupportedOption(what)


def _choice(item: Options) -> Options:
    if not item:
        raise UnsupportedOption("empty item")
    _only(item, "text html value id name checked disabled hint divider behaviour conditional attributes label selected")
    hint = words(_only(item.get("hint", {}), "text html")) if item.get("hint") else None
    conditional = item.get("conditional") or {}
    return {key: item[key] for key in item if key not in {"html", "hint", "conditional", "label"}} | {
        "text": words(item),
        "hint": hint,
        "conditional": words(conditional),
        "label_classes": _only(item.get("label", {}), "classes").get("classes"),
    }


def _options(rest: Options) -> Options:
    items = rest.get("items", [])
    if any(item and type(item.get("value", "")) not in {str, int} for item in items):
        raise UnsupportedOption("a value that is not a word")
    if rest.get("value") and not any(item.get("value") == rest["value"] for item in items if item):
        raise UnsupportedOption("chosen by its text: our options have values")
    return _choices(rest)


def _choices(rest: Options) -> Options:
    return {"items": [_choice(item) for item in rest.pop("items", [])]}


def _dates(rest: Options) -> Options:
    items = [
        _only(item, "name value classes id label autocomplete")
        for item in rest.pop("items", None) or _refuse("no items")
    ]
    if any("govuk-input--error" in item.get("classes", "") for item in items):
        raise UnsupportedOption("an error of one part only")
    return {"items": [_date_part(rest.get("id", ""), item) for item in items]}


def _date_part(field_id: str, item: Options) -> Options:
    name = item["name"]
    own, usual = item.get("classes", ""), "govuk-input--width-4" if name == "year" else "govuk-input--width-2"
    classes = own if "govuk-input--width-" in own else f"{usual} {own}"
    return {"id": f"{field_id}-{name}", "label": name.capitalize()} | item | {"classes": classes}


def _error_summary(rest: Options) -> Options:
    items = [_only(item, "text html href") for item in rest.pop("errorList", [])]
    return {
        "title": words(_taken(rest, "titleText titleHtml"), "title"),
        "description": words(_taken(rest, "descriptionText descriptionHtml"), "description"),
        "errors": [{"text": words(item), "href": item.get("href", "")} for item in items],
    }


def _taken(rest: Options, names: str) -> Options:
    return {name: rest.pop(name) for name in names.split() if name in rest}


def _banner(rest: Options) -> Options:
    body = {"content": mark_safe(rest["html"]), "text": ""} if rest.get("html") else {"text": rest.get("text")}
    if rest.get("type") not in {None, "success"}:
        raise UnsupportedOption("unknown type")
    return body | {
        "title": words(_taken(rest, "titleText titleHtml"), "title"),
        "kind": rest.pop("type", ""),
        "heading_level": rest.pop("titleHeadingLevel", ""),
        "title_id": rest.pop("titleId", ""),
    }


def _panel(rest: Options) -> Options:
    if "interruption" in rest.get("classes", ""):
        raise UnsupportedOption("interruption: interruption.html")
    return {
        "title": words(_taken(rest, "titleText titleHtml"), "title"),
        "heading_level": rest.pop("headingLevel", ""),
        "text": words(rest) or "",
    }


def _action(action: Options) -> Options:
    _only(action, "text html href classes attributes visuallyHiddenText")
    return {
        "text": words(action), "href": action.get("href", ""), "classes": action.get("classes"),
        "attributes": action.get("attributes"), "hidden_text": action.get("visuallyHiddenText"),
    }  # fmt: skip


def _summary_row(row: Options) -> Options:
    _only(row, "key value actions classes")
    if not row:
        raise UnsupportedOption("empty row")
    key, value = _only(row["key"], "text html"), _only(row.get("value", {}), "text html")
    actions = [_action(action) for action in _only(row.get("actions", {}), "items").get("items", [])]
    return {"key": words(key), "value": words(value) or "", "classes": row.get("classes"), "actions": actions}


def _summary_list(rest: Options) -> Options:
    card = _only(rest.pop("card", {}), "title")
    title = _only(card.get("title", {}), "text html headingLevel")
    return {
        "rows": [_summary_row(row) for row in rest.pop("rows")],
        "card_title": words(title),
        "card_heading_level": title.get("headingLevel"),
    }


def _cell(cell: Options) -> Options:
    return {key: cell[key] for key in cell if key != "html"} | {"text": words(cell) or ""}


def _table(rest: Options) -> Options:
    return {
        "head": [
            _cell(_only(cell, "text html format classes colspan attributes")) for cell in rest.pop("head", None) or []
        ],
        "rows": [[_cell(cell) for cell in row] for row in rest.pop("rows") if row],
        "caption_classes": rest.pop("captionClasses", ""),
        "first_cell_is_header": rest.pop("firstCellIsHeader", False),
    }


def _pagination(rest: Options) -> Options:
    flat: Options = {"label": rest.pop("landmarkLabel", "")}
    for side in ("previous", "next"):
        turn = _only(rest.pop(side, None) or {}, "href text html labelText")
        flat |= {f"{side}_href": turn.get("href"), f"{side}_text": words(turn), f"{side}_label": turn.get("labelText")}
    flat["items"] = [
        _only(item, "number href current ellipsis") or _refuse("empty item") for item in rest.pop("items", None) or []
    ]
    return flat


_SPECIAL: dict[str, Callable[[Options], Options]] = {
    "select": _options,
    "radios": _choices,
    "checkboxes": _choices,
    "date_input": _dates,
    "error_summary": _error_summary,
    "notification_banner": _banner,
    "warning_text": lambda rest: {"fallback": rest.pop("iconFallbackText", "")},
    "panel": _panel,
    "summary_list": _summary_list,
    "table": _table,
    "pagination": _pagination,
    "details": lambda rest: {"summary": words(_taken(rest, "summaryText summaryHtml"), "summary")},
    "breadcrumbs": lambda rest: {
        "items": [
            {"text": words(_only(item, "text html href")), "href": item.get("href")} for item in rest.pop("items")
        ],
        "label": rest.pop("labelText", ""),
        "collapse_on_mobile": rest.pop("collapseOnMobile", False),
    },
    "phase_banner": lambda rest: {"tag": words(_only(rest.pop("tag", {}), "text html")) or ""},
}
