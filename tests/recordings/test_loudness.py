"""How loud a recording is, as text where its waveform is shown and among its details."""

import pytest

from evidence.identity.roles import Role
from tests import factories
from tests.editing.material import recorded
from tests.editing.test_pages import opened

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_watch_and_details_say_how_loud_the_sound_is():
    officer = factories.person(Role.OFFICER)
    master = recorded(officer=officer)
    file = master.files.get(role="master")
    file.probe = {**file.probe, "loudness": {"integrated_lufs": -23.14, "range_lu": 7.2, "sampled": True}}
    file.save()
    client = opened(officer, master)
    words = "-23.1 LUFS, range 7.2 LU (EBU R 128, measured on samples spread over all of it)"
    for page in ("", "details"):
        assert words in client.get(f"/recordings/{master.pk}/{page}").content.decode()


def test_what_was_prepared_before_loudness_was_measured_says_nothing():
    officer = factories.person(Role.OFFICER)
    master = recorded(officer=officer, with_sound=False)
    assert "LUFS" not in opened(officer, master).get(f"/recordings/{master.pk}/").content.decode()
