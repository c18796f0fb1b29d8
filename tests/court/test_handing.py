"""Handing discs out: downloads by range, burning with read-back, the record of both, and who may."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from evidence.cases.services import member_add, member_remove
from evidence.court.models import Disc
from evidence.court.services.handing import may_hand_out
from evidence.custody.models import Event
from evidence.identity.roles import Role
from evidence.recordings.policy import KIND
from evidence.recordings.services.notes import restriction_set
from evidence.vault.models import StoredObject
from tests import factories
from tests.court import making

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made() -> tuple[making.Bench, Disc]:
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    return bench, making.built(bench.request(exhibit)).discs.get()


def burn(disc: Disc, device: Path | str, *options: str) -> str:
    out = StringIO()
    call_command("burn", str(disc.id), "--device", str(device), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def recording_id(disc: Disc):
    return disc.contents[0]["recording"]


def test_burning_writes_reads_back_and_records_intent_then_outcome(made, tmp_path):
    bench, disc = made
    said = burn(disc, tmp_path / "burn.img", "--as", bench.oic.username)
    assert "read back right" in said
    assert disc.image.sha256[:16] in said
    written = (tmp_path / "burn.img").read_bytes()[: disc.image.size_bytes]
    assert written == making.image(disc.disc_set, tmp_path).read_bytes()
    intent, outcome = making.said("case", bench.case.id)[-2:]
    assert (intent.verb, intent.outcome, outcome.verb, outcome.outcome) == (
        "case:disc:burned", "intent", "case:disc:burned", "done",
    )  # fmt: skip
    assert outcome.body["follows"] == str(intent.uuid)
    assert outcome.actor_name == bench.oic.label
    disclosed = making.last(KIND, recording_id(disc))
    assert (disclosed.verb, disclosed.category) == ("recording:disc:disclosed", "disclosure")
    assert disclosed.recipient_names == ["Birmingham Crown Court"]
    page = making.signed_in(bench.oic).get(f"/cases/{bench.case.id}/discs/{disc.disc_set_id}/").content.decode()
    assert "Read back right" in page
    assert bench.oic.label in page


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("/dev/sr77", "There is no drive /dev/sr77"),
        ("/dev/null", "is not an optical drive"),
        ("{tmp}/nowhere/burn.img", "There is no folder"),
        ("{tmp}/used.img", "is not empty"),
        ("{tmp}/small.img", "takes 0.00 GB"),
    ],
)
def test_unfit_device_is_refused_in_words_before_anything_is_recorded(made, tmp_path, device, words):
    bench, disc = made
    (tmp_path / "used.img").write_bytes(b"somebody's holiday")
    (tmp_path / "small.img").write_bytes(bytes(4096))
    before = Event.objects.count()
    with pytest.raises(CommandError, match=words):
        burn(disc, device.format(tmp=tmp_path), "--as", bench.oic.username)
    assert Event.objects.count() == before
    assert (tmp_path / "used.img").read_bytes() == b"somebody's holiday"


def test_burning_that_fails_half_way_is_recorded_as_failed(made, tmp_path):
    from evidence.vault.models import StoredObject

    bench, disc = made
    StoredObject.objects.filter(pk=disc.image_id).update(sha256="0" * 64)
    with pytest.raises(CommandError):
        burn(disc, tmp_path / "burn.img", "--as", bench.oic.username)
    last = making.last("case", bench.case.id)
    assert (last.verb, last.outcome) == ("case:disc:burned", "failed")
    assert making.last(KIND, recording_id(disc)).verb == "recording:disc:included"
    page = making.signed_in(bench.oic).get(f"/cases/{bench.case.id}/discs/{disc.disc_set_id}/").content.decode()
    assert "Nothing of it counts as handed out" in page


def test_burning_needs_a_person_who_may_hand_the_disc_out(made, tmp_path):
    _, disc = made
    stranger = factories.person(Role.OFFICER)
    with pytest.raises(CommandError, match="Nobody signs in as"):
        burn(disc, tmp_path / "burn.img", "--as", "nobody-at-all")
    with pytest.raises(CommandError, match="--as"):
        burn(disc, tmp_path / "burn.img")
    with pytest.raises(CommandError, match="no such item"):
        burn(disc, tmp_path / "burn.img", "--as", stranger.username)
    assert making.last("case", disc.disc_set.case_id).outcome == "denied"
    assert not (tmp_path / "burn.img").exists()


def test_download_by_range_gives_the_image_and_each_request_is_a_disclosure(made, tmp_path):
    bench, disc = made
    client = making.signed_in(bench.oic)
    address = f"/cases/{bench.case.id}/discs/{disc.disc_set_id}/1.iso"
    whole = making.image(disc.disc_set, tmp_path).read_bytes()
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == whole
    assert answer["Content-Disposition"] == f'attachment; filename="{disc.volume_id}.iso"'
    part = client.get(address, headers={"Range": "bytes=100-199"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, whole[100:200])
    assert client.get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert making.verbs("case", bench.case.id).count("case:disc:downloaded") == 3
    before = Event.objects.count()
    assert client.head(address)["Content-Length"] == str(len(whole))
    assert Event.objects.count() == before


def test_item_restricted_after_its_disc_was_made_does_not_leave_any_more(made):
    from evidence.recordings.models import Recording

    bench, disc = made
    recording = Recording.objects.get(pk=recording_id(disc))
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=recording, is_restricted=True, reason="Sexual offence"
    )
    client = making.signed_in(bench.oic)
    answer = client.get(f"/cases/{bench.case.id}/discs/{disc.disc_set_id}/1.iso")
    assert answer.status_code in {403, 404}
    assert "case:disc:downloaded" not in making.verbs("case", bench.case.id)
    page = client.get(f"/cases/{bench.case.id}/discs/{disc.disc_set_id}/").content.decode()
    assert "You may not hand out this disc" in page


@pytest.mark.parametrize("ended", ["restricted", "off the case"])
def test_download_breaks_off_when_the_right_ends_while_it_flows(monkeypatch, ended):
    from evidence.recordings.errors import PlaybackOver
    from evidence.recordings.models import Recording

    monkeypatch.setattr("evidence.recordings.streaming.read_while.__defaults__", (0.0,))
    bench = making.bench()
    # large enough to come in several pieces
    exhibit = bench.exhibit(making.parts(bench.officer, "direct", size_bytes=6_000_000))
    disc = making.built(bench.request(exhibit)).discs.get()
    member = factories.person(Role.INVESTIGATOR)
    on_case = member_add(who=bench.who, case=bench.case, person=member)
    answer = making.signed_in(member).get(f"/cases/{bench.case.id}/discs/{disc.disc_set_id}/1.iso")
    flowing = iter(answer.streaming_content)
    assert next(flowing)
    if ended == "restricted":
        restriction_set(
            who=factories.who(Role.EVIDENCE_MANAGER), recording=Recording.objects.get(pk=recording_id(disc)),
            is_restricted=True, reason="Sexual offence",
        )  # fmt: skip
    else:
        member_remove(who=bench.who, member=on_case)
    with pytest.raises(PlaybackOver):
        list(flowing)


def test_disc_of_a_set_is_not_handed_out_when_an_exhibit_its_list_describes_was_restricted(monkeypatch):
    from workers.disc.planning import MEDIA, Medium, MediumKind

    monkeypatch.setitem(MEDIA, MediumKind.DVD_5, Medium(MediumKind.DVD_5, "DVD (small)", 2_600_000))
    bench = making.bench()
    recordings = [making.parts(factories.person(), "direct", size_bytes=1_000_000) for _ in range(2)]
    disc_set = making.built(bench.request(*[bench.exhibit(each) for each in recordings]))
    first = disc_set.discs.get(number=1)
    assert may_hand_out(person_id=bench.oic.id, disc=first)
    other = next(each for each in recordings if str(each.id) != recording_id(first))
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=other, is_restricted=True, reason="Sexual offence"
    )
    assert not may_hand_out(person_id=bench.oic.id, disc=first)


def test_an_image_in_quarantine_is_given_to_nobody_and_no_line_claims_it(made):
    bench, disc = made
    StoredObject.objects.filter(pk=disc.image_id).update(quarantined_at=timezone.now())
    before = Event.objects.count()
    address = f"/api/v1/cases/{bench.case.id}/disc-sets/{disc.disc_set_id}/discs/1/image"
    answer = making.signed_in(bench.oic).get(address)
    assert answer.status_code == 409
    assert "quarantine" in answer.json()["detail"]
    assert Event.objects.count() == before
