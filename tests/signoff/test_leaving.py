"""Where the force asks for a second person's signature first, no redaction leaves before it, by any door."""

import pytest
from django.core.cache import cache

from evidence.court.errors import DisclosureEnded
from evidence.court.models import Disc
from evidence.court.services.asking import disclosure_recheck
from evidence.court.services.handing import disc_download, may_hand_out
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.errors import MayNotLeave
from evidence.recordings.models import Kind, Recording
from evidence.sharing.models import Link
from evidence.sharing.services.links import LinkTerms, link_create, link_extend
from evidence.signoff.queries import listed
from evidence.signoff.services import look_sign
from tests import factories
from tests.court import making
from tests.factories import client_for
from tests.sharing.conftest import in_days
from tests.signoff.material import looked_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _required(settings):
    cache.clear()
    settings.SIGN_OFF_REQUIRED = True
    settings.LOOK_AGAIN = ("faces",)


@pytest.fixture
def bench() -> making.Bench:
    return making.bench()


@pytest.fixture
def redaction(bench) -> Recording:
    return making.copied(making.recorded(bench.officer), bench.officer)


def signed(redaction: Recording, maker) -> None:
    look = looked_at(redaction, maker)
    signer = who_is(factories.person(Role.EVIDENCE_MANAGER))
    look_sign(who=signer, look=look, list_sha256=listed(look).sha256, has_watched=True)


def linked(bench, recording):
    terms = LinkTerms(recipient_name="Rosa Hart", reason="Disclosure", expires_at=in_days(7))
    return link_create(who=bench.who, recording=recording, terms=terms).link


def test_no_link_is_made_or_extended_before_the_signature(bench, redaction, settings):
    settings.SIGN_OFF_REQUIRED = False
    before = linked(bench, redaction)
    settings.SIGN_OFF_REQUIRED = True
    with pytest.raises(MayNotLeave, match="not signed off"):
        linked(bench, redaction)
    with pytest.raises(MayNotLeave):
        link_extend(who=bench.who, link=before, expires_at=in_days(9))
    assert Link.objects.count() == 1
    signed(redaction, bench.officer)
    assert linked(bench, redaction).recording == redaction
    link_extend(who=bench.who, link=before, expires_at=in_days(9))


def test_what_was_made_from_it_waits_for_the_same_signature_and_the_master_does_not(bench, redaction):
    clip = making.copied(redaction.files.get(role="copy"), bench.officer, kind=Kind.CLIP)
    with pytest.raises(MayNotLeave, match="made from a redaction that is not signed off"):
        linked(bench, clip)
    assert linked(bench, redaction.parent)
    signed(redaction, bench.officer)
    assert linked(bench, clip)


def test_no_disc_is_asked_for_made_or_handed_out(bench, redaction, settings):
    exhibit = bench.exhibit(redaction)
    with pytest.raises(MayNotLeave, match=f"{exhibit.reference}: This redaction is not signed off"):
        bench.request(exhibit)
    settings.SIGN_OFF_REQUIRED = False
    disc_set = making.built(bench.request(exhibit))
    disc = Disc.objects.get(disc_set=disc_set)
    page = f"/cases/{bench.case.pk}/discs/{disc_set.pk}/"
    assert "Download the image" in client_for(bench.oic).get(page).content.decode()
    settings.SIGN_OFF_REQUIRED = True
    with pytest.raises(DisclosureEnded, match="not signed off"):
        disclosure_recheck(disc_set=disc_set)
    with pytest.raises(MayNotLeave):
        disc_download(who=bench.who, disc=disc)
    assert not may_hand_out(person_id=bench.oic.id, disc=disc)
    shown = client_for(bench.oic).get(page).content.decode()
    assert "This disc may not be handed out." in shown
    assert "Download the image" not in shown
    signed(redaction, bench.officer)
    disclosure_recheck(disc_set=disc_set)
    assert disc_download(who=bench.who, disc=disc) == disc


def test_pages_and_programs_are_told_why_and_what_to_do(bench, redaction):
    client = client_for(bench.oic)
    assert "Have a second person read and sign" in client.get(f"/recordings/{redaction.pk}/links/new").content.decode()
    terms = {"recipient_name": "Rosa Hart", "reason": "Disclosure", "expires_at": in_days(7)}
    answer = client.post(f"/api/v1/recordings/{redaction.pk}/links", terms, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "may-not-leave")
    assert "Have a second person read and sign" in answer.json()["detail"]
