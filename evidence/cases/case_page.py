"""What every page of one case has in common: its identity bar, its tags, its tabs.

Rooms above show their own tab in the same frame: their template extends `cases/case.html`, their view hands in
`case_context(...)`.
"""

from typing import Any

from evidence.cases.models import Case
from evidence.cases.policy import CASES, Right
from evidence.http.templatetags.words import when
from evidence.identity.who import Who

_TABS = (("exhibits", "Exhibits", ""), ("people", "People", "people"), ("timeline", "Time line", "timeline"))


def case_context(who: Who, case: Case, tab: str, **more: Any) -> dict[str, Any]:
    """Context of `cases/case.html`. `tab`: exhibits, people, timeline or discs."""
    rights = CASES.rights(who, case)
    base = f"/cases/{case.id}/"
    shown = [*_TABS, *([("discs", "Discs", "discs/")] if Right.DISCS in rights else [])]
    return {
        "case": case,
        "rights": {right.value: right in rights for right in Right},
        "facts": [case.title, f"Officer in the case: {case.officer_in_case.label}", f"Opened {when(case.opened_at)}"],
        "state_key": "closed" if case.closed_at else "open",
        "tabs": [{"label": label, "href": f"{base}{path}", "active": key == tab} for key, label, path in shown],
        **more,
    }
