"""A restriction and what happens at the same moment: a copy that is just being registered, a download under way."""

import threading
import time
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from evidence.identity.models import Person, Post
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.errors import PlaybackOver
from evidence.recordings.models import Kind, Recording
from evidence.recordings.services.copies import Making, copy_register
from evidence.recordings.services.notes import restriction_set
from evidence.recordings.streaming import read_while
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put
from tests import factories
from tests.factories import client_for

WAIT_S = 20.0
MAKING = Making(
    kind=Kind.CLIP, recipe={"v": 1}, recipe_sha256="1" * 64, statement={"v": 1}, statement_sha256="2" * 64,
    reason="For the interview", title="", media_type="video/mp4",
)  # fmt: skip


def _somebody_waits() -> bool:
    """Whether another connection of this database stands before a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction goes on seeing what it first saw
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def _wait_for_waiter() -> None:
    """On SQLite there is one writer at a time, and nothing to ask: whoever comes second waits to begin."""
    if connection.vendor != "postgresql":
        time.sleep(0.5)
        return
    until = time.monotonic() + WAIT_S
    while not _somebody_waits():
        assert time.monotonic() < until, "nobody waited for the lock"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_of_copy", [False, True], ids=["of the Master", "of a copy"])
def test_a_restriction_takes_in_the_copy_that_was_being_registered(tmp_path: Path, *, is_of_copy: bool) -> None:
    scene = factories.scene(tmp_path)
    keeper = factories.who(Role.EVIDENCE_MANAGER)
    source = scene.file
    if is_of_copy:
        clip = factories.copy_of(scene.file, b"clip", tmp=tmp_path, made_by=scene.officer)
        source = clip.files.get(role="copy")
    troubles: list[BaseException] = []

    def restrict() -> None:
        try:
            restriction_set(who=keeper, recording=scene.recording, is_restricted=True, reason="Child")
        except BaseException as trouble:  # noqa: BLE001 - handed to the test's own thread
            troubles.append(trouble)
        finally:
            connections.close_all()

    (tmp_path / "new").write_bytes(b"new")
    put = object_put(object_class=ObjectClass.COPY, source=tmp_path / "new")
    second = threading.Thread(target=restrict)
    try:
        with transaction.atomic():
            copy_register(source=source, put=put, making=MAKING, actor=factories.TESTS, made_by=scene.officer)
            second.start()
            _wait_for_waiter()
    finally:
        second.join(WAIT_S)
    assert troubles == []
    assert set(Recording.objects.values_list("is_restricted", flat=True)) == {True}


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["post", "person"])
def test_a_download_breaks_off_when_the_post_ends_or_the_person_leaves(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = factories.scene(tmp_path)
    detective = factories.person(Role.INVESTIGATOR)
    monkeypatch.setattr(read_while, "__defaults__", (0.0,))  # ask at each chunk instead of every few seconds
    answer = client_for(detective).get(f"/api/v1/recordings/{scene.recording.id}/download")
    assert answer.status_code == 200
    if change == "post":
        Post.objects.filter(person=detective).update(until_at=timezone.now())
    else:
        Person.objects.filter(pk=detective.pk).update(is_active=False)
    assert not who_is(Person.objects.get(pk=detective.pk)).roles
    with pytest.raises(PlaybackOver):
        b"".join(answer.streaming_content)  # type: ignore[attr-defined]
