"""What a choice of exhibits comes to before anything is made, and what is refused with which words."""

from uuid import uuid4

import pytest

from evidence.cases.services import exhibit_withdraw
from evidence.court.errors import (
    DiscSetDiffers,
    DoesNotFit,
    ExhibitNotReady,
    NotForDvd,
    NothingChosen,
    RecipientMissing,
)
from evidence.court.models import DiscKind, DiscSet
from evidence.court.services import disc_set_plan
from evidence.identity.errors import Denied, ReasonMissing
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job
from evidence.recordings.models import Kind, Recording
from evidence.recordings.services.notes import restriction_set
from tests import factories
from tests.court import making
from workers.disc.planning import MEDIA, Medium, MediumKind

pytestmark = pytest.mark.django_db(transaction=True)


def plan(bench, *exhibits, kind=DiscKind.DATA, medium=MediumKind.DVD_5, with_originals=False, who=None):
    return disc_set_plan(
        who=who or bench.who, case=bench.case, exhibits=[each.id for each in exhibits], kind=kind, medium=medium,
        with_originals=with_originals,
    )  # fmt: skip


def test_plan_says_sizes_per_exhibit_and_disc_and_makes_nothing():
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    found = plan(bench, exhibit)
    (disc,) = found.discs
    assert found.exhibits[0].size_bytes == making.film().stat().st_size
    assert found.exhibits[0].size_bytes < disc.size_bytes < disc.usable_bytes
    assert disc.references == ("AB/1",)
    assert not DiscSet.objects.exists()
    assert not Job.objects.filter(kind="disc.build").exists()
    assert making.verbs("case", bench.case.id) == ["case:case:opened"]


def test_planned_size_is_never_below_the_image_that_is_made():
    bench = making.bench()
    recording = making.recorded(bench.officer).recording
    for _ in range(20):
        making.watched(recording, bench.oic)
    exhibit = bench.exhibit(recording)
    planned = plan(bench, exhibit).discs[0].size_bytes
    assert making.built(bench.request(exhibit)).discs.get().image.size_bytes <= planned


def test_originals_are_counted_where_they_go_along():
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded_old(bench.officer).recording)
    names = [file.name for file in plan(bench, exhibit, with_originals=True).exhibits[0].files]
    assert names == ["AB_1_original.avi", "AB_1_proxy.mp4"]
    assert [file.name for file in plan(bench, exhibit).exhibits[0].files] == ["AB_1_proxy.mp4"]


def test_exhibit_larger_than_the_medium_names_the_media_it_fits_on(monkeypatch):
    monkeypatch.setitem(MEDIA, MediumKind.DVD_5, Medium(MediumKind.DVD_5, "DVD (tiny)", 1_000_000))
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    with pytest.raises(DoesNotFit, match=r"AB/1 needs .* It would fit on: Dual-layer DVD") as refused:
        plan(bench, exhibit)
    assert refused.value.extra["fits_on"] == ["dvd-9", "bd-25"]


def test_still_and_blu_ray_are_refused_for_a_viewing_dvd():
    bench = making.bench()
    master = making.recorded(bench.officer)
    film = bench.exhibit(master.recording)
    still = bench.exhibit(making.copied(master, bench.oic, Kind.STILL, making.picture()))
    with pytest.raises(NotForDvd, match="AB/2 is a still"):
        plan(bench, film, still, kind=DiscKind.VIEWING)
    with pytest.raises(NotForDvd, match="Choose a DVD"):
        plan(bench, film, kind=DiscKind.VIEWING, medium=MediumKind.BD_25)
    assert plan(bench, film, kind=DiscKind.VIEWING).discs[0].duration_s == pytest.approx(making.FILM_S)


def test_exhibit_still_being_prepared_is_refused_by_name():
    bench = making.bench()
    recording = making.recorded(bench.officer).recording
    exhibit = bench.exhibit(recording)
    Recording.objects.filter(pk=recording.pk).update(state="preparing")
    with pytest.raises(ExhibitNotReady, match="AB/1 is still being prepared"):
        plan(bench, exhibit)


def test_withdrawn_foreign_and_missing_exhibits_are_refused():
    bench, other = making.bench(), making.bench(urn="20ZZ0000001")
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    foreign = other.exhibit(making.recorded(other.officer).recording)
    exhibit_withdraw(who=bench.who, exhibit=exhibit, reason="Wrong one")
    for chosen in ([], [exhibit], [foreign]):
        with pytest.raises(NothingChosen):
            plan(bench, *chosen)


def test_recipient_and_reason_are_needed():
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    with pytest.raises(RecipientMissing):
        bench.request(exhibit, recipient_name="  \n ")
    with pytest.raises(ReasonMissing):
        bench.request(exhibit, reason=" ")
    assert not DiscSet.objects.exists()


def test_asking_twice_with_one_id_gives_one_set():
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    identifier = uuid4()
    assert bench.request(exhibit, identifier=identifier) == bench.request(exhibit, identifier=identifier)
    assert Job.objects.filter(kind="disc.build").count() == 1
    assert making.verbs("case", bench.case.id).count("case:disc:requested") == 1


@pytest.mark.parametrize(
    "other",
    [
        {"recipient_name": "Defence solicitor"}, {"reason": "Charging"}, {"with_originals": True},
        {"medium": MediumKind.BD_25}, {"kind": DiscKind.VIEWING}, "exhibits",
    ],
)  # fmt: skip
def test_one_id_with_other_wishes_is_a_conflict_and_not_the_old_set(other):
    bench = making.bench()
    first = bench.exhibit(making.recorded(bench.officer).recording)
    second = bench.exhibit(making.recorded(bench.officer).recording)
    identifier = uuid4()
    bench.request(first, identifier=identifier)
    chosen, wishes = ((first, second), {}) if other == "exhibits" else ((first,), other)
    with pytest.raises(DiscSetDiffers, match="Ask again with a new id"):
        bench.request(*chosen, identifier=identifier, **wishes)
    assert Job.objects.filter(kind="disc.build").count() == 1


def test_exhibit_too_large_for_one_disc_is_spread_by_its_parts_and_no_file_is_split(monkeypatch):
    monkeypatch.setitem(MEDIA, MediumKind.DVD_5, Medium(MediumKind.DVD_5, "DVD (small)", 3_000_000))
    bench = making.bench()
    exhibit = bench.exhibit(making.parts(bench.officer, "direct", "direct", "direct", size_bytes=1_000_000))
    found = plan(bench, exhibit)
    assert [disc.references for disc in found.discs] == [
        ("AB/1 part 1 of 3",), ("AB/1 part 2 of 3",), ("AB/1 part 3 of 3",),
    ]  # fmt: skip
    assert all(disc.size_bytes <= disc.usable_bytes for disc in found.discs)
    monkeypatch.setitem(MEDIA, MediumKind.DVD_5, Medium(MediumKind.DVD_5, "DVD (tiny)", 1_500_000))
    with pytest.raises(DoesNotFit, match="AB/1 part 1 of 3 needs"):
        plan(bench, exhibit)


def test_film_too_long_for_one_dvd_is_spread_by_its_parts():
    bench = making.bench()
    recording = making.parts(bench.officer, "direct", "direct")
    exhibit = bench.exhibit(recording)
    for file in recording.files.all():
        file.probe = {**file.probe, "duration_s": 3 * 3600.0}
        file.save()
    found = plan(bench, exhibit, kind=DiscKind.VIEWING)
    assert [disc.references for disc in found.discs] == [("AB/1 part 1 of 2",), ("AB/1 part 2 of 2",)]
    assert [len(disc.exhibits[0].viewing) for disc in found.discs] == [1, 1]


def test_titles_of_a_dvd_are_counted_by_parts_and_not_by_exhibits(monkeypatch):
    monkeypatch.setattr("workers.disc.viewing.TITLES_LIMIT", 3)
    bench = making.bench()
    exhibits = [bench.exhibit(making.parts(factories.person(), "direct", "direct")) for _ in range(2)]
    found = plan(bench, *exhibits, kind=DiscKind.VIEWING)
    assert [sum(len(each.viewing) for each in disc.exhibits) for disc in found.discs] == [2, 2]


def test_restricted_exhibit_needs_the_right_to_disclose_it_and_case_alone_is_not_enough():
    bench = making.bench()
    recording = making.recorded(bench.officer).recording
    exhibit = bench.exhibit(recording)
    manager = factories.who(Role.EVIDENCE_MANAGER)
    restriction_set(who=manager, recording=recording, is_restricted=True, reason="Sexual offence")
    with pytest.raises(Denied) as refused:
        bench.request(exhibit)
    assert refused.value.right == "disclose"
    assert not DiscSet.objects.exists()


def test_somebody_who_is_not_on_the_case_learns_nothing_of_it():
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    stranger = who_is(factories.person(Role.INVESTIGATOR))
    with pytest.raises(Denied) as refused:
        plan(bench, exhibit, who=stranger)
    assert refused.value.status == 404
