"""People and a numbered recording for the tests of editing."""

import pytest

from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import Who, who_is
from evidence.recordings.models import Recording
from tests import factories
from tests.editing import material


@pytest.fixture
def officer(db: None) -> Person:
    return factories.person(Role.OFFICER)


@pytest.fixture
def who(officer: Person) -> Who:
    return who_is(officer)


@pytest.fixture
def master(officer: Person) -> Recording:
    return material.recorded(officer=officer)


@pytest.fixture
def silent(officer: Person) -> Recording:
    return material.recorded(officer=officer, with_sound=False)
