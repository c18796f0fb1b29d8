"""Small real trees and small real videos; everything lives in the test's own directory."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

MADE_AT = datetime(2024, 5, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def made_at() -> datetime:
    return MADE_AT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    exhibit = root / "data" / "exhibits" / "AB_1"
    exhibit.mkdir(parents=True)
    (exhibit / "AB_1_original.mp4").write_bytes(bytes(range(256)) * 4001)
    (exhibit / "AB_1_redacted_v2.mp4").write_bytes(b"redacted" * 999)
    (root / "data" / "documents").mkdir()
    (root / "data" / "documents" / "exhibit-list.csv").write_text("reference\nAB/1\n")
    (root / "metadata").mkdir()
    (root / "metadata" / "bundle.json").write_text("{}")
    (root / "index.html").write_text("<!doctype html><title>AB/1</title>")
    return root


@pytest.fixture
def video(tmp_path: Path) -> Callable[..., Path]:
    """Make a video: `size`, `rate`, `seconds`, with or without sound, and any further output options."""

    def made(name: str, *options: str, size: str = "320x180", rate: int = 30, seconds: float = 2, sound: bool = True):
        path = tmp_path / name
        picture = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}"]
        tone = ["-f", "lavfi", "-i", f"sine=frequency=440:d={seconds}", "-c:a", "aac"] if sound else []
        argv = ["ffmpeg", "-v", "error", "-y", *picture, *tone, "-c:v", "libx264", "-preset", "ultrafast"]
        subprocess.run([*argv, "-pix_fmt", "yuv420p", *options, str(path)], check=True)
        return path

    return made
