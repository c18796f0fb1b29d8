"""Ranges through the real web server, over a real connection."""

from pathlib import Path

import pytest
import requests

from evidence.identity.services import token_make
from tests import factories
from tests.servers.live import LiveSite

CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def address(live_site: LiveSite, tmp_path: Path) -> tuple[requests.Session, str]:
    officer = factories.person()
    recording = factories.playable(CONTENT, officer=officer, tmp=tmp_path)
    token = token_make(owner_kind="person", owner_id=officer.id, label="tool", scopes=[])
    session = requests.Session()
    session.headers["Host"] = live_site.host()
    opened = session.post(
        f"{live_site.address}/api/v1/recordings/{recording.id}/playbacks", json={"reason_code": "review"},
        headers={"Authorization": f"Bearer {token}"}, timeout=20,
    )  # fmt: skip
    assert opened.status_code == 201, opened.text
    # the cookie is for the name in the Host header, not for the address that was dialled
    session.headers["Cookie"] = opened.headers["Set-Cookie"].split(";")[0]
    return session, f"{live_site.address}{opened.json()['video']}"


@pytest.mark.parametrize(
    ("wanted", "status", "expected"),
    [
        ("", 200, CONTENT), ("bytes=0-0", 206, CONTENT[:1]), ("bytes=1000-1999", 206, CONTENT[1000:2000]),
        ("bytes=1048000-", 206, CONTENT[1048000:]), ("bytes=-5", 206, CONTENT[-5:]), ("bytes=1048576-", 416, b""),
        ("bytes=5-1", 200, CONTENT),
    ],
)  # fmt: skip
def test_a_range_is_answered_as_the_standard_says(
    address: tuple[requests.Session, str], wanted: str, status: int, expected: bytes
) -> None:
    session, video = address
    answer = session.get(video, headers={"Range": wanted} if wanted else {}, timeout=20)
    assert (answer.status_code, answer.content) == (status, expected)
    assert answer.headers["Accept-Ranges"] == "bytes"
    if status == 416:
        assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


def test_a_range_of_another_version_gives_the_whole(address: tuple[requests.Session, str]) -> None:
    session, video = address
    answer = session.get(video, headers={"Range": "bytes=0-9", "If-Range": '"another"'}, timeout=20)
    assert (answer.status_code, len(answer.content)) == (200, len(CONTENT))


def test_without_the_cookie_there_are_no_bytes(address: tuple[requests.Session, str]) -> None:
    session, video = address
    answer = requests.get(video, headers={"Host": str(session.headers["Host"])}, timeout=20)
    assert answer.status_code == 410
    assert answer.headers["Content-Type"] == "application/problem+json"
