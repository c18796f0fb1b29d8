"""What a walk knows as it goes: the installation's sites, and the ids and files that earlier steps made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.walkthrough.client import Site, WalkFailed, wait_for
from workers.media.frame_index import FrameIndex


@dataclass
class Walk:
    """What the walk knows so far. `officer` and the others are signed-in sites; ids are filled as steps make them."""

    file: Path
    out: Path
    force: Site
    docks: Site
    share: Site
    burn: Callable[[str, Path], None]
    recording: str = ""
    index: FrameIndex | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    discs: dict[str, list[Path]] = field(default_factory=dict)

    @property
    def frames(self) -> FrameIndex:
        """The frame index of the Master.

        Raises:
            WalkFailed: the review step did not get it.
        """
        if self.index is None:
            raise WalkFailed("There is no frame index: the recording was not opened.")
        return self.index

    @property
    def thirds(self) -> tuple[int, int]:
        """First frame of the middle third, and of the last."""
        count = self.frames.frame_count
        return count // 3, max(count // 3 + 1, 2 * count // 3)

    @property
    def original(self) -> Path:
        """The Master as it came back."""
        return self.out / f"original{self.file.suffix.lower() or '.bin'}"


def job_wait(site: Site, job: dict[str, Any]) -> dict[str, Any]:
    """Wait for a job's end.

    Raises:
        WalkFailed: it failed or was cancelled; says what the job said.
    """

    def ended() -> Any:
        row = site.get(f"/api/v1/jobs/{job['id']}")
        return row if row["finished_at"] else None

    row: dict[str, Any] = wait_for(f"job {job.get('kind', '')}", ended)
    if row["state"] != "succeeded":
        raise WalkFailed(f"Job {row['kind']} ended as {row['state']}: {row['error']}")
    return row
