"""Our includes make the same markup as GOV.UK Frontend's own macros, by the fixtures that its package ships."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string

from tests.http.govuk_options import UnsupportedOption, parameters
from tests.http.markup import tree

FIXTURES = Path(__file__).parent / "govuk_fixtures"
LEAST_COMPARED = 3


def _component_of(path: Path) -> str:
    return path.stem.replace("-", "_")


def _cases() -> list[Any]:
    cases = []
    for path in sorted(FIXTURES.glob("*.json")):
        for fixture in json.loads(path.read_text()):
            try:
                values = parameters(_component_of(path), fixture["options"])
            except UnsupportedOption:
                continue
            cases.append(
                pytest.param(_component_of(path), values, fixture["html"], id=f"{path.stem}: {fixture['name']}")
            )
    return cases


CASES = _cases()


@pytest.mark.parametrize(("component", "values", "expected"), CASES)
def test_include_makes_the_markup_of_the_package(component: str, values: dict[str, Any], expected: str) -> None:
    assert tree(render_to_string(f"components/{component}.html", values)) == tree(expected)


@pytest.mark.parametrize("component", sorted(_component_of(path) for path in FIXTURES.glob("*.json")))
def test_every_component_is_compared_with_several_fixtures(component: str) -> None:
    assert sum(case.values[0] == component for case in CASES) >= LEAST_COMPARED
