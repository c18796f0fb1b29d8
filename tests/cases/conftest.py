"""A case of an investigator's, and the team whose recording may become its exhibit."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence.cases.models import Case
from evidence.cases.services import case_open
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import Who, who_is
from tests import factories
from tests.factories import Scene


@dataclass(frozen=True)
class Inquiry:
    """`lead` is the officer in the case; `officer` recorded `scene.recording` and is on no case."""

    case: Case
    lead: Person
    scene: Scene

    @property
    def who(self) -> Who:
        return who_is(self.lead)


@pytest.fixture
def inquiry(db: None, tmp_path: Path) -> Inquiry:
    return begun(tmp_path)


def begun(tmp: Path) -> Inquiry:
    lead = factories.person(Role.INVESTIGATOR, first_name="Aisha", surname="Begum", rank="DC")
    case = case_open(who=who_is(lead), urn="20ab0012326", title="R v Smith", officer_in_case=lead)
    return Inquiry(case, lead, factories.scene(tmp))
