"""Real ffprobe on texts that point at another case's footage: the neighbour must never show."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.workers.exec.sandbox.programs import program
from workers.exec.errors import ToolFailed
from workers.exec.sandbox import Provider
from workers.exec.tools import tool

SHOW = ("-v", "error", "-show_streams", "-show_format", "-show_programs")


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """A vault directory with another case's recording in it."""
    making = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=176x144:d=0.5", "-metadata"]
    subprocess.run([*making, "service_name=another case", tmp_path / "neighbour.ts"], check=True)
    return tmp_path


TEXTS = {
    "playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{neighbour}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile {neighbour}\n",
}


@pytest.mark.parametrize("kind", list(TEXTS))
@pytest.mark.parametrize("is_absolute", [True, False], ids=["absolute", "relative"])
def test_text_named_mp4_that_points_at_a_neighbour_shows_nothing_of_it(
    walls: Provider, uploads: Path, kind: str, is_absolute: bool
) -> None:
    neighbour = uploads / "neighbour.ts"
    upload = uploads / "upload.mp4"
    upload.write_text(TEXTS[kind].format(neighbour=neighbour if is_absolute else neighbour.name))
    try:
        completed = program(walls, str(tool("ffprobe").path), *SHOW, "file:/in/0", read={"/in/0": upload})
    except ToolFailed as failed:
        completed = failed.completed
    shown = completed.stdout.decode()
    assert "another case" not in shown
    assert "codec_name" not in shown
    assert "width" not in shown


def test_the_same_texts_do_show_the_neighbour_where_there_is_no_wall(uploads: Path) -> None:
    for kind, text in TEXTS.items():
        upload = uploads / f"{kind}.mp4"
        upload.write_text(text.format(neighbour="neighbour.ts"))
        shown = subprocess.run(["ffprobe", *SHOW, upload], capture_output=True, text=True, check=False).stdout
        assert "another case" in shown or "width=176" in shown, kind


def test_honest_media_is_read_by_the_same_call(walls: Provider, uploads: Path) -> None:
    read = {"/in/0": uploads / "neighbour.ts"}
    completed = program(walls, str(tool("ffprobe").path), *SHOW, "file:/in/0", read=read)
    assert b"width=176" in completed.stdout
    assert b"another case" in completed.stdout
    assert completed.argv[0].endswith("ffprobe")


def test_addresses_in_a_text_are_never_asked(walls: Provider, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        upload = tmp_path / "upload.mp4"
        upload.write_text(TEXTS["playlist"].format(neighbour=f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"))
        allows_all = ("-protocol_whitelist", "file,http,tcp,hls,crypto,data", "file:/in/0")
        with pytest.raises(ToolFailed):
            program(walls, str(tool("ffprobe").path), *SHOW, *allows_all, read={"/in/0": upload})
        with pytest.raises(TimeoutError):
            server.accept()
