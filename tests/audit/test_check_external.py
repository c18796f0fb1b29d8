"""Check a file as a recipient: all of what their link is for, next to nothing of anything else."""

import hashlib
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from evidence.audit.check_pace import CheckPace
from evidence.custody.models import Event
from evidence.custody.queries import Line, lines, subject_events
from evidence.custody.verbs import Verb
from evidence.recordings.models import FileRole, Kind, Recording, RecordingFile
from evidence.recordings.services.access import Place, access_give
from evidence.sharing.models import Link
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put, object_register
from tests import factories
from tests.sharing.conftest import FOOTAGE, Recipient, Sharing, outside
from tests.sharing.conftest import sharing as sharing

pytestmark = pytest.mark.django_db


def asked(recipient: Recipient, viewer: str, content: bytes) -> str:
    answer = recipient.post(f"{viewer}check", sha256=hashlib.sha256(content).hexdigest())
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "private, no-store"
    return answer.content.decode()


def checks(recording: Recording) -> list[Line]:
    return lines(subject_events("recording", recording.id).filter(verb=Verb.FILE_CHECKED.value))


def elsewhere(content: bytes, tmp_path: Path) -> Recording:
    return factories.sealed(content, officer=factories.person(), team=factories.unit(), tmp=tmp_path).recording


def test_the_viewer_leads_to_the_page_and_the_page_works_without_script(sharing: Sharing) -> None:
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    assert f'href="{recipient.path}{viewer}check"' in recipient.get(viewer).content.decode()
    page = recipient.get(f"{viewer}check").content.decode()
    assert "Get-FileHash" in page
    assert f'action="{recipient.path}{viewer}check"' in page
    assert "csrfmiddlewaretoken" not in page


def test_what_the_link_is_for_is_told_in_full_but_by_no_name(sharing: Sharing) -> None:
    Recording.objects.update(title="Mrs Smith, stabbed")
    recipient = outside(sharing.link())
    text = asked(recipient, recipient.opened(), FOOTAGE)
    assert "An original, exactly as it was sealed" in text
    assert "events, not under a signed checkpoint yet" in text
    for hidden in ("Mrs Smith", "/recordings/", sharing.scene.officer.label):
        assert hidden not in text
    (line,) = checks(sharing.recording)
    assert (line.actor_name, line.category, line.body["rule"]) == ("Rosa Hart, Hart & Co", "consultation", "link")
    assert line.body["data"]["link"] == str(Link.objects.get().id)


def test_a_copy_that_was_shared_says_which_and_of_which_hash(sharing: Sharing, tmp_path: Path) -> None:
    clip = factories.copy_of(sharing.scene.file, b"clip", tmp=tmp_path, made_by=sharing.lead, kind=Kind.CLIP)
    recipient = outside(sharing.link(recording=clip))
    viewer = recipient.opened()
    text = asked(recipient, viewer, b"clip")
    assert "A clip, exactly as it was sealed" in text
    assert sharing.scene.file.sha256 in text
    assert "A file of this force, unchanged" in asked(recipient, viewer, FOOTAGE), "of its original more was told"


def test_the_viewing_copy_of_what_was_shared_is_told_from_the_original(sharing: Sharing, tmp_path: Path) -> None:
    path = tmp_path / "proxy.mp4"
    path.write_bytes(b"proxy bytes")
    stored = object_register(object_put(object_class=ObjectClass.DERIVED, source=path))
    RecordingFile.objects.create(
        recording=sharing.recording, role=FileRole.PROXY, stored=stored, media_type="video/mp4"
    )
    recipient = outside(sharing.link())
    text = asked(recipient, recipient.opened(), b"proxy bytes")
    assert "A viewing copy, exactly as it was made" in text
    assert sharing.scene.file.sha256 in text


def test_of_any_other_item_no_more_is_told_than_that_it_is_the_forces_and_since_when(
    sharing: Sharing, tmp_path: Path
) -> None:
    other = elsewhere(b"another film", tmp_path)
    recipient = outside(sharing.link())
    text = asked(recipient, recipient.opened(), b"another film")
    assert "A file of this force, unchanged since it was sealed" in text
    assert "UTC" in text
    for hidden in ("original, exactly", "Custody record</dt>", "Made of", str(other.id)):
        assert hidden not in text
    (line,) = checks(other)
    assert (line.outcome, line.body["rule"], line.body["actor"]["kind"]) == ("done", "holds-file", "recipient")


def test_of_a_restricted_item_nothing_is_told_and_that_is_on_record(sharing: Sharing, tmp_path: Path) -> None:
    other = elsewhere(b"another film", tmp_path)
    Recording.objects.filter(pk=other.pk).update(is_restricted=True)
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    assert "Not known here" in asked(recipient, viewer, b"another film")
    assert [line.outcome for line in checks(other)] == ["denied"]
    before = Event.objects.count()
    assert "Not known here" in asked(recipient, viewer, b"never was here")
    assert Event.objects.count() == before


def test_a_restricted_item_that_was_disclosed_by_its_list_is_told_to_its_recipient(sharing: Sharing) -> None:
    Recording.objects.update(is_restricted=True)
    keeper = factories.who(factories.Role.EVIDENCE_MANAGER)
    access_give(
        who=keeper, recording=Recording.objects.get(pk=sharing.recording.pk), person=sharing.lead, reason="Trial",
        place=Place(may_disclose=True),
    )  # fmt: skip
    recipient = outside(sharing.link(recording=Recording.objects.get(pk=sharing.recording.pk)))
    assert "An original, exactly as it was sealed" in asked(recipient, recipient.opened(), FOOTAGE)


def test_a_hash_that_is_none_is_said_at_the_field(sharing: Sharing) -> None:
    recipient = outside(sharing.link())
    answer = recipient.post(f"{recipient.opened()}check", sha256="abc")
    assert answer.status_code == 422
    assert "A SHA-256 has 64 figures" in answer.content.decode()


def test_too_many_checks_are_held_up_for_that_link_alone(sharing: Sharing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CheckPace, "rate", "6/min")
    recipient, other = outside(sharing.link()), outside(sharing.link())
    viewer = recipient.opened()
    answers = [recipient.post(f"{viewer}check", sha256="a" * 64).status_code for _ in range(7)]
    assert answers == [200] * 6 + [429]
    asked(other, other.opened(), FOOTAGE)


@pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
def test_nothing_is_checked_under_a_link_that_is_over(sharing: Sharing, change: str) -> None:
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    Link.objects.update(**{change: timezone.now()})
    assert recipient.post(f"{viewer}check", sha256=sharing.scene.file.sha256).status_code == 404
    assert checks(sharing.recording) == []


def test_nothing_is_checked_outside_the_viewing_or_from_a_foreign_page(sharing: Sharing) -> None:
    recipient = outside(sharing.link())
    path = f"{recipient.path}{recipient.opened()}check"
    values = {"sha256": sharing.scene.file.sha256}
    stranger = Client(HTTP_HOST="share.localhost")
    assert stranger.post(path, values)["Location"] == recipient.path
    assert recipient.client.post(path, values, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert checks(sharing.recording) == []
