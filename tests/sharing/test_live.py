"""Revoking a link while a browser drinks one long answer from the real server."""

import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.core.cache import cache

from evidence.identity.roles import Role
from evidence.sharing.services.links import link_revoke
from tests import factories
from tests.servers.live import LiveSite
from tests.sharing.conftest import Sharing

SIZE_BYTES = 96 * 1024**2
SIP_BYTES = 256 * 1024


@pytest.mark.slow
def test_revoking_cuts_a_long_answer_within_a_minute(live_site: LiveSite, tmp_path: Path) -> None:
    cache.clear()
    scene = factories.scene(tmp_path)
    long = factories.playable(b"x" * SIZE_BYTES, officer=scene.officer, team=scene.team, tmp=tmp_path)
    sharing = Sharing(scene, factories.person(Role.INVESTIGATOR))
    created = sharing.link(recording=long)
    headers = {"Host": live_site.host("share")}
    base = live_site.address + urlsplit(created.url).path
    opened = requests.post(f"{base}open", headers=headers, allow_redirects=False, timeout=20)
    viewer = opened.headers["Location"]
    (cookie,) = opened.cookies
    headers["Cookie"] = f"{cookie.name}={cookie.value}"
    received, began_at = 0, time.monotonic()
    with requests.get(f"{live_site.address}{viewer}video/1", headers=headers, stream=True, timeout=20) as answer:
        assert int(answer.headers["Content-Length"]) == SIZE_BYTES
        link_revoke(who=sharing.who, link=created.link)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):  # noqa: PT012 - it breaks at some sip
            for sip in answer.iter_content(SIP_BYTES):
                received += len(sip)
                time.sleep(0.1)
    assert 0 < received < SIZE_BYTES
    assert time.monotonic() - began_at < 60
