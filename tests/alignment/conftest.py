"""Two cameras in one scene: every frame says when it was, and both microphones heard the same, each in its own way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.recordings.models import Recording
from evidence.recordings.services.preparing import PREPARATION, preparation_ask
from tests import factories
from tests.jobs.running import jobs_run
from tests.workers.media.render_sources import RATE, coded, even_times
from tests.workers.media.test_align import RATE as HEARD_RATE
from tests.workers.media.test_align import heard, scene

BEGAN = datetime(2026, 11, 22, 19, 4, 31, tzinfo=UTC)
LATER_FRAMES = 113
"""The second camera begins this many frames after the first: 4.52 s."""
LENGTH_S = 10


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder, world = tmp_path_factory.mktemp("beside"), scene(16, seed=3)
    later_s = LATER_FRAMES / 25
    paths = []
    for number, start_s, first in ((1, 0.0, 0), (2, later_s, LATER_FRAMES)):
        sound = np.repeat(heard(world, start_s, LENGTH_S, seed=number), RATE // HEARD_RATE)[None, :]
        path = folder / f"{number}.mp4"
        paths.append(coded(path, even_times(25 * LENGTH_S), sound=sound, first_number=first))
    return paths[0], paths[1]


@pytest.fixture
def officer(transactional_db: None) -> Person:
    return factories.person(Role.INVESTIGATOR, factories.unit("Team A"), surname="Jones", collar_number="4312")


@pytest.fixture
def pair(officer: Person, films: tuple[Path, Path]) -> tuple[Recording, Recording]:
    """Their clocks say 5 s; the sound knows better."""
    found = []
    for path, at_s in zip(films, (0, 5), strict=True):
        file = factories.sealed(
            path, officer=officer, team=factories.unit("Team A"), incident_ref="CV-20431",
            recorded_at=BEGAN + timedelta(seconds=at_s),
        )  # fmt: skip
        preparation_ask(file=file, actor=PREPARATION)
        found.append(file.recording_id)
    jobs_run()
    one, other = (Recording.objects.get(pk=each) for each in found)
    return one, other
