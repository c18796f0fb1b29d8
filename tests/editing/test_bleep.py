"""A tone instead of what was said: drawn or typed, and heard in the copy in place of the recording's own sound."""

import numpy as np
import pytest

from evidence.editing.errors import EditRefused
from evidence.editing.services import redaction_request
from tests.editing.material import drawn, fetched, made, recorded
from tests.editing.test_pages import address, filled, opened, ordered
from tests.workers.media import render_sources as numbered

pytestmark = [pytest.mark.django_db, pytest.mark.once]
OWN_HZ, BLEEP_HZ = 440, 1000


def level(sound: np.ndarray, hertz: int) -> float:
    """How loud one pitch is, 0 to 1."""
    at = np.arange(sound.size) / numbered.RATE
    return float(2 * abs(np.mean(sound * np.exp(-2j * np.pi * hertz * at))))


@pytest.mark.django_db(transaction=True)
def test_a_bleeped_stretch_gives_the_tone_and_nothing_of_the_recordings_sound(who, officer, tmp_path):
    draft = drawn(mutes=[{"start_frame": 25, "end_frame": 50, "reason": "privacy", "effect": "bleep"}])
    copy = made(redaction_request(who=who, recording=recorded(officer=officer), draft=draft, reason="Name spoken"))
    sound = numbered.sound_in(fetched(copy, tmp_path)).mean(axis=0)
    inside, outside = sound[numbered.RATE : 2 * numbered.RATE], sound[: numbered.RATE // 2]
    assert level(inside, BLEEP_HZ) > 0.1 > 0.01 > level(inside, OWN_HZ)
    assert level(outside, OWN_HZ) > 0.3 > 0.01 > level(outside, BLEEP_HZ)
    assert copy.title == "Redaction: 1 bleep"


def test_a_typed_line_bleeps_where_it_says_so_and_mutes_where_it_says_nothing(officer, master):
    fields = filled(mute_lines="0:00.4 to 0:00.8, bleep\n0:01 to 0:01.2", cover_reason="child")
    recipe = ordered(opened(officer, master).post(address(master, "redaction"), fields)).params["recipe"]
    assert [row["effect"] for row in recipe["audio"]] == ["bleep", "mute"]


def test_an_effect_that_is_none_is_refused(who, officer, master):
    draft = drawn(mutes=[{"start_frame": 25, "end_frame": 50, "reason": "privacy", "effect": "whisper"}])
    with pytest.raises(EditRefused, match="must be one of mute, bleep"):
        redaction_request(who=who, recording=master, draft=draft, reason="Name spoken")
    page = opened(officer, master).post(address(master, "redaction"), filled(mute_lines="0:01 to 0:02, whisper"))
    assert "Write it like this: 0:12.5 to 0:20, bleep" in page.content.decode()
