"""The list is decided place by place, and signed by a second person as it stands: never by who made the copy."""

import pytest

from evidence.custody.models import Event
from evidence.custody.queries import lines
from evidence.custody.words import deed_words
from evidence.identity.errors import Denied
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import PlaybackSession
from evidence.recordings.services.access import access_give
from evidence.recordings.services.notes import restriction_set
from evidence.signoff.errors import (
    ListChanged,
    ListSigned,
    LookMissing,
    LookStopped,
    LookUnderWay,
    NoPlaceChosen,
    NotWatched,
    PlaceReasonMissing,
    PlacesToCover,
    PlacesUndecided,
)
from evidence.signoff.listing import list_sha256
from evidence.signoff.models import Decision, Look, LookState, SignOff
from evidence.signoff.policy import SIGN_OFFS, Right
from evidence.signoff.queries import listed, look_of, sign_off_of, waiting_for
from evidence.signoff.services import look_ask, look_sign, place_decide, places_decide
from tests import factories
from tests.signoff.material import looked_at, place, redaction

pytestmark = pytest.mark.django_db


def decided(look: Look, person, *decisions: Decision) -> None:
    for number, decision in enumerate(decisions, start=1):
        place_decide(who=who_is(person), look=look, number=number, decision=decision, reason="A poster on the wall")


def signed(look: Look, person, **changed) -> SignOff:
    given = {"list_sha256": listed(look).sha256, "has_watched": True, **changed}
    return look_sign(who=who_is(person), look=look, **given)


def last_line(copy):
    return lines(Event.objects.filter(subject_id=copy.id).order_by("-subject_seq")[:1])[0]


def test_a_second_person_signs_and_the_record_has_who_when_and_the_lists_hash(scene, copy):
    look = looked_at(copy, scene.officer, place())
    decided(look, scene.officer, Decision.ACCEPTABLE)
    done = signed(look, scene.sergeant, note="Watched twice")
    line = last_line(copy)
    assert (sign_off_of(copy), done.signed_by) == (done, scene.sergeant)
    assert (line.verb, line.uuid, line.actor_name) == ("copy:list:signed-off", done.event, scene.sergeant.label)
    assert line.body["data"]["list_sha256"] == done.list_sha256
    assert line.body["subject"]["files"][0]["sha256"] == copy.files.get(role="copy").sha256
    assert line.reason_text == "Watched twice"
    assert deed_words(line).startswith("signed it off with a list of 1 place; the list's SHA-256 begins")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.INVESTIGATOR, Role.EVIDENCE_MANAGER])
def test_who_made_the_copy_never_signs_whatever_their_post(scene, tmp_path, role):
    maker = scene.officer if role == Role.OFFICER else factories.person(role)
    copy = redaction(scene, tmp_path, made_by=maker)
    look = looked_at(copy, maker)
    with pytest.raises(Denied):
        signed(look, maker)
    assert sign_off_of(copy) is None
    assert not SIGN_OFFS.rows(who_is(maker), Right.SIGN).exists()
    assert not waiting_for(who_is(maker)).exists()


def test_who_may_not_watch_the_copy_neither_decides_nor_signs(scene, copy):
    look = looked_at(copy, scene.officer, place())
    for person in (scene.colleague, factories.person(Role.ADMINISTRATOR), factories.person(Role.AUDITOR)):
        with pytest.raises(Denied):
            decided(look, person, Decision.ACCEPTABLE)
        with pytest.raises(Denied):
            signed(look, person)


def test_a_restriction_counts_here_too_and_a_place_on_the_list_opens_it(scene, copy):
    look, keeper = looked_at(copy, scene.officer), who_is(factories.person(Role.EVIDENCE_MANAGER))
    restriction_set(who=keeper, recording=scene.recording, is_restricted=True, reason="Complaint")
    copy.refresh_from_db()
    with pytest.raises(Denied):
        signed(look, scene.sergeant)
    access_give(who=keeper, recording=copy, person=scene.sergeant, reason="To sign")
    assert signed(look, scene.sergeant)


def test_an_undecided_place_and_one_to_be_redacted_stand_in_the_way(scene, copy):
    look = looked_at(copy, scene.officer, place(1), place(2))
    decided(look, scene.sergeant, Decision.ACCEPTABLE)
    with pytest.raises(PlacesUndecided, match="1 place on the list is undecided"):
        signed(look, scene.sergeant)
    decided(look, scene.sergeant, Decision.ACCEPTABLE, Decision.COVER)
    with pytest.raises(PlacesToCover):
        signed(look, scene.sergeant)
    assert not SignOff.objects.exists()


def test_acceptable_needs_its_reason_and_must_be_redacted_does_not(scene, copy):
    look = looked_at(copy, scene.officer, place())
    with pytest.raises(PlaceReasonMissing):
        place_decide(who=who_is(scene.officer), look=look, number=1, decision=Decision.ACCEPTABLE, reason="  ")
    assert place_decide(who=who_is(scene.officer), look=look, number=1, decision=Decision.COVER).decision == "cover"
    assert (last_line(copy).verb, last_line(copy).body["data"]["decision"]) == ("copy:place:decided", "cover")
    with pytest.raises(LookMissing):
        place_decide(who=who_is(scene.officer), look=look, number=2, decision=Decision.COVER)


def test_what_was_changed_while_the_signer_read_is_not_signed(scene, copy):
    look = looked_at(copy, scene.officer, place())
    decided(look, scene.officer, Decision.ACCEPTABLE)
    read = listed(look).sha256
    place_decide(who=who_is(scene.officer), look=look, number=1, decision=Decision.ACCEPTABLE, reason="Another reason")
    with pytest.raises(ListChanged):
        signed(look, scene.sergeant, list_sha256=read)


def test_every_word_of_the_list_is_in_what_is_signed(scene, copy):
    look = looked_at(copy, scene.officer, place())
    decided(look, scene.officer, Decision.ACCEPTABLE)
    told = listed(look)
    changes = {
        "reason": "Another reason", "decision": "cover", "decided_by_id": scene.sergeant.id, "kind": "plate",
        "box": [1, 2, 3, 4], "start_ms": 7, "end_frame": 77, "found_by": "another", "picture_sha256": "7" * 64,
    }  # fmt: skip
    hashes = {told.sha256}
    for name, value in changes.items():
        (changed,) = listed(look).places
        setattr(changed, name, value)
        hashes.add(list_sha256(look, [changed], told.file))
    assert len(hashes) == 1 + len(changes)


def test_the_signer_says_that_they_watched_and_what_was_played_to_them_is_noted(scene, copy):
    look = looked_at(copy, scene.officer)
    with pytest.raises(NotWatched):
        signed(look, scene.sergeant, has_watched=False)
    for watched in ([[0.0, 2.0], [3.0, 4.0]], [[1.5, 3.5]]):
        PlaybackSession.objects.create(
            recording=copy, viewer_kind="person", viewer_id=scene.sergeant.id, viewer_name="x", key_sha256="0" * 64,
            opened_event=look.id, rule="x", expires_at=look.asked_at, watched=watched,
        )  # fmt: skip
    assert signed(look, scene.sergeant).watched_ms == 4000


def test_what_is_signed_does_not_change_any_more(scene, copy):
    look = looked_at(copy, scene.officer, place())
    decided(look, scene.officer, Decision.ACCEPTABLE)
    signed(look, scene.sergeant)
    with pytest.raises(ListSigned):
        decided(look, scene.sergeant, Decision.COVER)
    with pytest.raises(ListSigned):
        signed(look, factories.person(Role.EVIDENCE_MANAGER))


def test_a_later_look_has_to_be_signed_anew_and_the_list_before_cannot_be(scene, copy):
    first = looked_at(copy, scene.officer)
    signed(first, scene.sergeant)
    second = looked_at(copy, scene.sergeant)
    assert (look_of(copy), sign_off_of(copy)) == (second, None)
    assert SignOff.objects.get().look == first
    third = looked_at(copy, scene.sergeant)
    with pytest.raises(ListChanged):
        signed(second, scene.sergeant)
    assert signed(third, scene.sergeant)


def test_while_it_is_looked_at_nothing_is_decided_or_signed(scene, copy):
    look = look_ask(who=who_is(scene.officer), copy=copy)
    with pytest.raises(LookUnderWay):
        signed(look, scene.sergeant)
    with pytest.raises(LookUnderWay):
        look_ask(who=who_is(scene.sergeant), copy=copy)


def test_where_no_detector_is_switched_on_the_list_says_so_and_people_sign_it(scene, copy, settings):
    settings.LOOK_AGAIN = ()
    look = look_ask(who=who_is(scene.officer), copy=copy)
    assert (look.state, look.job_id) == (LookState.OFF, None)
    assert "no detector is chosen" in look.because
    signed(look, scene.sergeant)
    assert "at which no detector had looked" in deed_words(last_line(copy))


def test_what_was_stopped_is_looked_at_again_before_it_is_signed(scene, copy):
    look = look_ask(who=who_is(scene.officer), copy=copy)
    Look.objects.update(state=LookState.CANCELLED)
    with pytest.raises(LookStopped):
        signed(look, scene.sergeant)


def test_the_queue_brings_it_to_who_may_sign_until_it_is_signed_or_must_be_redacted(scene, copy):
    look = looked_at(copy, scene.officer, place())
    assert [list(waiting_for(who_is(person))) for person in (scene.sergeant, scene.officer, scene.colleague)] == [
        [copy], [], [],
    ]  # fmt: skip
    decided(look, scene.sergeant, Decision.COVER)
    assert not waiting_for(who_is(scene.sergeant)).exists()
    decided(look, scene.sergeant, Decision.ACCEPTABLE)
    signed(look, scene.sergeant)
    assert not waiting_for(who_is(scene.sergeant)).exists()


def together(look: Look, person, numbers, decision=Decision.ACCEPTABLE, reason="Posters on the wall"):
    return places_decide(who=who_is(person), look=look, numbers=numbers, decision=decision, reason=reason)


def test_several_places_are_decided_with_one_reason_and_each_has_its_decision_and_event(scene, copy):
    look = looked_at(copy, scene.officer, place(1), place(2), place(3))
    assert [each.number for each in together(look, scene.sergeant, [3, 1, 3])] == [1, 3]
    told = listed(look)
    assert [(each.decision, each.reason, each.decided_by) for each in told.places] == [
        ("acceptable", "Posters on the wall", scene.sergeant), ("", "", None),
        ("acceptable", "Posters on the wall", scene.sergeant),
    ]  # fmt: skip
    made = lines(Event.objects.filter(subject_id=copy.id, verb="copy:place:decided").order_by("subject_seq"))
    assert [line.body["data"] for line in made] == [
        {"look": str(look.id), "place": number, "decision": "acceptable"} for number in (1, 3)
    ]
    assert {line.reason_text for line in made} == {"Posters on the wall"}
    assert len({line.body["act"] for line in made}) == 1
    together(look, scene.sergeant, [2])
    assert signed(look, factories.person(Role.EVIDENCE_MANAGER))


@pytest.mark.parametrize(
    ("numbers", "reason", "refusal"),
    [([1, 4], "Posters", LookMissing), ([1, 2], " ", PlaceReasonMissing), ([], "Posters", NoPlaceChosen)],
)
def test_several_places_are_decided_all_or_none(scene, copy, numbers, reason, refusal):
    look = looked_at(copy, scene.officer, place(1), place(2))
    with pytest.raises(refusal):
        together(look, scene.sergeant, numbers, reason=reason)
    assert not any(each.decision for each in listed(look).places)
    assert not Event.objects.filter(verb="copy:place:decided").exists()


def test_who_may_not_decide_one_place_may_not_decide_several_and_a_signed_list_stands(scene, copy):
    look = looked_at(copy, scene.officer, place(1), place(2))
    with pytest.raises(Denied):
        together(look, scene.colleague, [1, 2])
    together(look, scene.officer, [1, 2])
    signed(look, scene.sergeant)
    with pytest.raises(ListSigned):
        together(look, scene.officer, [1], Decision.COVER)


@pytest.mark.parametrize(
    ("state", "still_holds"),
    [
        (LookState.WAITING, False), (LookState.DONE, False), (LookState.OFF, False), (LookState.FAILED, True),
        (LookState.CANCELLED, True),
    ],
)  # fmt: skip
def test_a_signature_holds_no_longer_than_until_a_newer_look_counts(scene, copy, state, still_holds):
    done = signed(looked_at(copy, scene.officer), scene.sergeant)
    newer = look_ask(who=who_is(scene.officer), copy=copy)
    Look.objects.filter(pk=newer.pk).update(state=state)
    assert sign_off_of(copy) == (done if still_holds else None)


def test_a_list_that_was_read_before_a_newer_look_began_is_not_signed(scene, copy):
    read = looked_at(copy, scene.officer)
    look_ask(who=who_is(scene.officer), copy=copy)
    with pytest.raises(ListChanged):
        signed(read, scene.sergeant)
    assert not SignOff.objects.exists()
