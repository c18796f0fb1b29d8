"""Where an attempt writes what nobody may see yet: `job/<id>/<token>` under the scratch directory, removed afterwards.

An attempt that was killed leaves its folder; the sweep removes those whose token does not own a running job any more.
What an attempt downloads from the vault lies there too; what others download is swept when its process is dead.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings

from evidence.jobs.models import Job
from evidence.jobs.queries import tokens_running
from evidence.vault.downloads import downloads_in, downloads_sweep


@contextmanager
def scratch_of(job: Job) -> Iterator[Path]:
    """An empty folder for one attempt, private to this account."""
    home = _root() / str(job.pk)
    folder = home / str(job.token)
    folder.mkdir(parents=True, mode=0o700)
    try:
        with downloads_in(folder):
            yield folder
    finally:
        # What a dying tool still holds open is the sweep's: it must not turn finished work into a failure
        shutil.rmtree(folder, ignore_errors=True)
        _remove_if_empty(home)


def scratch_sweep() -> int:
    """Remove the folders of attempts that are over, and downloads of dead processes; returns how many."""
    # The folders first, the tokens second: an attempt that begins in between is in the second list
    folders = [(home, folder) for home in _folders(_root()) for folder in _folders(home)]
    running = tokens_running({UUID(home.name) for home, _ in folders})
    left = [(home, folder) for home, folder in folders if (UUID(home.name), int(folder.name)) not in running]
    for home, folder in left:
        shutil.rmtree(folder, ignore_errors=True)
        _remove_if_empty(home)
    return len(left) + downloads_sweep()


def _root() -> Path:
    return Path(settings.SCRATCH_DIR) / "job"


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []


def _remove_if_empty(home: Path) -> None:
    try:
        home.rmdir()
    except OSError:
        return  # another attempt at the same job is at work in there
