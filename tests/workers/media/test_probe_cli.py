"""The command line: one JSON object, an exit status that tells, progress beside it, and no file that breaks it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.workers.media.sources import NAMES, source
from workers.exec.sandbox import PROBE, media_argv, sandbox_run
from workers.media.frame_index import FrameIndex
from workers.media.reports import CopyReport, IndexReport, PrepareReport, ProbeReport
from workers.media.wire import from_obj

REPOSITORY = Path(__file__).parents[3]
REAL_MEDIA = Path(os.environ.get("CONTINUITY_REAL_MEDIA", REPOSITORY.parent / "shared" / "media"))
REAL_FILES = sorted(path for path in REAL_MEDIA.rglob("*") if path.is_file()) if REAL_MEDIA.is_dir() else []


def media(*arguments: str | Path, timeout_s: float = 60) -> tuple[int, Any, str]:
    argv = [sys.executable, "-m", "workers.media", *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=timeout_s, cwd=REPOSITORY)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def test_probe_answers_with_its_report() -> None:
    status, answer, _ = media("probe", source("mp4"))
    assert (status, list(answer)) == (0, ["report"])
    assert from_obj(ProbeReport, answer["report"]).playable.way == "direct"


def test_index_and_copies_answer_with_their_reports(tmp_path: Path) -> None:
    status, answer, _ = media("index", source("mkv_h264"), tmp_path / "index.json")
    assert status == 0
    assert from_obj(IndexReport, answer["report"]).frame_count == 75
    assert FrameIndex.read(tmp_path / "index.json").frame_count == 75
    for operation in (["remux"], ["transcode", "--proxy"], ["transcode"]):
        out = tmp_path / "out.mp4"
        status, answer, _ = media(*operation, source("mkv_h264"), out)
        assert status == 0
        assert from_obj(CopyReport, answer["report"]).size_bytes == out.stat().st_size


def test_progress_counts_frames_up_to_their_number(tmp_path: Path) -> None:
    _, _, messages = media("transcode", source("hevc"), tmp_path / "out.mp4")
    lines = [
        json.loads(line.removeprefix("progress ")) for line in messages.splitlines() if line.startswith("progress ")
    ]
    encoding = [line for line in lines if line["stage"] == "encoding"]
    assert encoding[-1] == {"done": 75, "total": 75, "stage": "encoding"}
    assert [line["done"] for line in encoding] == sorted(line["done"] for line in encoding)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["index", "text"], "not_media"),
        (["index", "sound_only"], "no_video"),
        (["remux", "hevc"], "unplayable"),
        (["transcode", "empty"], "unplayable"),
    ],
)
def test_what_cannot_be_done_is_a_typed_error_with_status_three(
    arguments: list[str], code: str, tmp_path: Path
) -> None:
    operation, name = arguments
    status, answer, _ = media(operation, source(name), tmp_path / "out")
    assert (status, list(answer), answer["error"]["code"]) == (3, ["error"], code)
    assert answer["error"]["message"].endswith(".")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [[], ["probe"], ["steal", "x"], ["probe", "x", "--network"]])
def test_wrong_command_line_is_a_typed_error_too(arguments: list[str]) -> None:
    status, answer, _ = media(*arguments)
    assert (status, answer["error"]["code"]) == (3, "bad_request")


def test_missing_file_is_a_typed_error(tmp_path: Path) -> None:
    status, answer, _ = media("probe", tmp_path / "gone.mp4")
    assert (status, answer["error"]["code"]) == (3, "source_missing")


def test_a_name_that_looks_like_an_option_or_an_address_is_only_a_name(tmp_path: Path) -> None:
    for name in ("-i http:x.mp4", "concat:a|b.mp4", "a\nb\u202e.mp4", "%d.mp4"):
        odd = tmp_path / name
        odd.write_bytes(source("mkv_h264").read_bytes())
        status, answer, _ = media("remux", odd, tmp_path / "out.mp4")
        assert (status, answer["report"]["frames_out"]) == (0, 75)


def test_light_modules_load_neither_libav_nor_opencv_nor_numpy() -> None:
    code = "import sys, workers.media.reports, workers.media.frame_index, workers.media.wire, workers.media.cli;"
    code += "print(sorted({'av', 'cv2', 'numpy', 'PIL', 'django'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "[]"


def test_probe_and_prepare_run_inside_the_sandbox(tmp_path: Path) -> None:
    read = {"/in/0": source("b_frames")}
    done = sandbox_run(media_argv("probe", "/in/0"), profile=PROBE, read=read)
    assert from_obj(ProbeReport, json.loads(done.stdout)["report"]).integrity == "whole"
    done = sandbox_run(media_argv("prepare", "/in/0", "/out"), profile=PROBE, read=read, out_dir=tmp_path)
    report = from_obj(PrepareReport, json.loads(done.stdout)["report"])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(name for name, _ in report.files)


def test_copy_is_made_inside_the_sandbox(tmp_path: Path) -> None:
    read = {"/in/0": source("hevc")}
    argv = media_argv("transcode", "/in/0", "/out/proxy.mp4", "--proxy")
    lines: list[str] = []
    done = sandbox_run(argv, profile=PROBE, read=read, out_dir=tmp_path, on_line=lines.append)
    assert from_obj(CopyReport, json.loads(done.stdout)["report"]).is_frame_for_frame
    assert any(line.startswith("progress ") for line in lines)


@pytest.mark.parametrize("name", ["playlist", "ffconcat"])
def test_a_text_that_points_at_a_neighbour_never_shows_it(name: str, tmp_path: Path) -> None:
    for operation in ("probe", "prepare", "remux", "transcode"):
        out = tmp_path / operation
        out.mkdir()
        target = [] if operation == "probe" else [out if operation == "prepare" else out / "out.mp4"]
        status, answer, _ = media(operation, source(name), *target)
        assert list(out.iterdir()) == []
        assert (status == 0) is (operation in {"probe", "prepare"})
        assert '"video": [{' not in json.dumps(answer)


def prepare_all(paths: list[Path], out_dir: Path) -> list[Any]:
    """The command line on many files in one child process, so that a crash is seen and not shared."""
    code = "import json, sys; from workers.media.cli import main\n"
    code += "for path in json.load(sys.stdin):\n    main(['prepare', path, sys.argv[1]])"
    names = json.dumps([str(path) for path in paths])
    argv = [sys.executable, "-c", code, str(out_dir)]
    done = subprocess.run(argv, input=names, capture_output=True, text=True, check=False, timeout=240, cwd=REPOSITORY)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(answers)) == (0, len(paths)), done.stderr[-2000:]
    return answers


def test_prepare_ends_with_a_report_for_every_kind_of_source(tmp_path: Path) -> None:
    answers = prepare_all([source(name) for name in NAMES], tmp_path)
    for name, answer in zip(NAMES, answers, strict=True):
        report = from_obj(PrepareReport, answer["report"])
        is_shown = bool(report.probe.video) and report.probe.playable.way != "none"
        assert (report.index is not None) is is_shown, name


@pytest.mark.skipif(not REAL_FILES, reason="no real footage beside the checkout (CONTINUITY_REAL_MEDIA)")
def test_real_and_odd_files_end_with_a_report_or_a_typed_error(tmp_path: Path) -> None:
    for path, answer in zip(REAL_FILES, prepare_all(REAL_FILES, tmp_path), strict=True):
        if "error" in answer:
            assert answer["error"]["message"].endswith("."), path.name
            continue
        report = from_obj(PrepareReport, answer["report"])
        assert report.probe.findings or report.probe.integrity == "whole", path.name
        assert all(finding.sentence.endswith(".") for finding in report.probe.findings), path.name
