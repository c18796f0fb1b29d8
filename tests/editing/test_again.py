"""Starting again from a finished redaction: its recipe comes back as a drawing, and that drawing gives the recipe."""

import json

import pytest

from evidence.custody.models import Event
from evidence.editing.errors import DraftKept, NotEditable
from evidence.editing.models import Draft
from evidence.editing.queries import proposals_of
from evidence.editing.redrawing import KEYS_MOST
from evidence.editing.services import draft_again, draft_save, redaction_request
from evidence.identity.errors import Denied
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import FileRole, Kind, Recording
from tests import factories
from tests.editing.material import BOX, COUNT, PART, drawn, recorded_in_parts, track
from tests.editing.people_material import filmed, looked
from tests.editing.test_finding import taken
from tests.factories import client_for

pytestmark = [pytest.mark.django_db, pytest.mark.once]
KEY = {**BOX, "outside": False}


def redacted(who, recording, tmp_path, draft, **options) -> Recording:
    """A redaction as the order of this draft would give it: the row and its recipe, without the making."""
    job = redaction_request(who=who, recording=recording, draft=draft, reason="Third party", **options)
    made_by = Person.objects.get(pk=who.person_id)
    source = recording.files.filter(role__in=[FileRole.MASTER, FileRole.COPY]).first()
    copy = factories.copy_of(source, json.dumps(draft).encode(), tmp=tmp_path, made_by=made_by, kind=Kind.REDACTION)
    recipe = job.params["recipe"]
    Recording.objects.filter(pk=copy.pk).update(recipe=recipe, recipe_sha256=job.params["recipe_sha256"])
    return Recording.objects.get(pk=copy.pk)


def ordered_again(who, draft: Draft):
    """The recipe that the drawing gives, ordered as its page would."""
    part = draft.part or None
    job = redaction_request(
        who=who, recording=draft.recording, draft=draft.content, reason="What was missed", part=part
    )  # fmt: skip
    return job.params


def walk_of(first, last):
    """A track that moves, is away for a while, and is back."""
    rows = [{"frame": first, **KEY}, {"frame": first + 6, **KEY, "x": 90}, {"frame": first + 9, "outside": True}]
    row = {"id": "t1", "kind": "person", "effect": "pixelate", "reason": "witness", "end": last}
    return {**row, "keyframes": [*rows, {"frame": first + 12, **KEY, "y": 60}]}


DRAWINGS = {
    "much": drawn(
        [walk_of(3, 40), track(0, COUNT, identifier="t7", effect="none")],
        mutes=[
            {"start_frame": 5, "end_frame": 17, "reason": "privacy"},
            {"start_frame": 20, "end_frame": COUNT, "reason": "witness", "effect": "bleep"},
        ],
        frames=[{"start_frame": 60, "end_frame": 70, "effect": "pixelate"}],
        segments=[{"start_frame": 2, "end_frame": 30}, {"start_frame": 40, "end_frame": COUNT}],
    ),
    "followed": drawn(
        [
            {
                "id": "t3",
                "kind": "face",
                "effect": "solid",
                "reason": "privacy",
                "keyframes": [],
                "end": COUNT,
                "samples": [[frame, 40 + frame, 60, 30, 30] for frame in range(KEYS_MOST + 5)],
            }
        ]
    ),
    "one box": drawn([track(10, 20)]),
    "sound alone": drawn(mutes=[{"start_frame": 0, "end_frame": 1, "reason": "privacy"}]),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_drawing_comes_back_with_reasons_and_gives_the_same_recipe(who, master, tmp_path, name):
    copy = redacted(who, master, tmp_path, DRAWINGS[name])
    draft = draft_again(who=who, copy=copy)
    assert (draft.recording, draft.person_id) == (master, who.person_id)
    assert ordered_again(who, draft)["recipe_sha256"] == copy.recipe_sha256
    was = DRAWINGS[name]
    assert draft.content["segments"] == was["segments"]
    assert draft.content["tracks"] == was["tracks"]
    assert draft.content["mutes"] == [{"effect": "mute", **row} for row in was["mutes"]]


@pytest.mark.parametrize(
    ("part", "draft"),
    [
        (None, drawn(
            [walk_of(PART - 10, PART + 20)],
            mutes=[{"start_frame": PART - 4, "end_frame": PART + 9, "reason": "privacy"}],
            frames=[{"start_frame": PART - 1, "end_frame": PART + 1, "effect": "solid"}],
            segments=[{"start_frame": PART - 20, "end_frame": PART + 25}],
        )),
        (None, drawn([track(0, 2 * PART)])),
        (2, drawn([walk_of(0, 20)])),
    ],
)  # fmt: skip
def test_what_went_through_a_joint_is_one_thing_again_and_a_part_is_drawn_on_as_that_part(
    who, officer, tmp_path, part, draft
):
    split = recorded_in_parts(officer=officer)
    copy = redacted(who, split, tmp_path, draft, part=part)
    again = draft_again(who=who, copy=copy)
    assert again.part == (part or 0)
    assert ordered_again(who, again)["recipe_sha256"] == copy.recipe_sha256
    assert [len(again.content[name]) for name in draft if name != "v"] == [
        len(draft[name]) for name in draft if name != "v"
    ]


def test_what_a_detector_found_comes_back_as_its_finds_and_what_was_drawn_densely_as_samples(who, officer, tmp_path):
    people = filmed(officer)
    finds = proposals_of(looked(who, people))
    draft = drawn([taken(each, f"t{at}") for at, each in enumerate(finds, start=1)])
    copy = redacted(who, people, tmp_path, draft)
    again = draft_again(who=who, copy=copy)
    assert again.content["tracks"] == draft["tracks"]
    assert ordered_again(who, again)["recipe_sha256"] == copy.recipe_sha256


def test_finds_of_which_no_box_is_left_are_drawn_by_hand(who, officer, tmp_path):
    people = filmed(officer)
    first, *_ = proposals_of(looked(who, people))
    was = taken(first)
    boxes = [
        {"frame": frame, "x": x, "y": y, "w": w + 4, "h": h, "outside": False} for frame, x, y, w, h in was["samples"]
    ]
    copy = redacted(who, people, tmp_path, drawn([{**was, "keyframes": boxes}]))
    (row,) = draft_again(who=who, copy=copy).content["tracks"]
    assert "found_by" not in row
    assert len(row["keyframes"]) == len(boxes) <= KEYS_MOST
    ordered_again(who, Draft.objects.get())


def test_who_may_not_watch_the_copy_or_not_edit_what_it_was_made_from_gets_no_drawing(who, officer, master, tmp_path):
    investigator = who_is(factories.person(Role.INVESTIGATOR))
    theirs = redacted(investigator, master, tmp_path, drawn([track(10, 20)]))
    for asker in (who, who_is(factories.person(Role.PSD)), who_is(factories.person(Role.DISCLOSURE_OFFICER))):
        with pytest.raises(Denied):
            draft_again(who=asker, copy=theirs)
    assert not Draft.objects.exists()
    assert draft_again(who=investigator, copy=theirs)


def test_a_drawing_of_ones_own_is_replaced_only_where_that_is_said(who, master, tmp_path):
    copy = redacted(who, master, tmp_path, drawn([track(10, 20)]))
    mine = drawn([track(30, 40)])
    draft_save(who=who, recording=master, content=mine)
    with pytest.raises(DraftKept):
        draft_again(who=who, copy=copy)
    assert Draft.objects.get().content == mine
    assert draft_again(who=who, copy=copy, is_replacing=True).content["tracks"][0]["end"] == 20
    draft_save(who=who, recording=master, content=drawn())
    assert draft_again(who=who, copy=copy), "an empty one is nothing to lose"


def test_what_is_no_redaction_or_has_no_recipe_is_refused(who, officer, master, tmp_path):
    source = master.files.get(role=FileRole.MASTER)
    for kind in (Kind.CLIP, Kind.REDACTION):
        copy = factories.copy_of(source, kind.encode(), tmp=tmp_path, made_by=officer, kind=kind)
        with pytest.raises(NotEditable):
            draft_again(who=who, copy=copy)
    with pytest.raises(NotEditable):
        draft_again(who=who, copy=master)


def test_pages_lead_to_the_editor_with_the_drawing_without_script(who, officer, master, tmp_path):
    copy = redacted(who, master, tmp_path, drawn([track(10, 20)]))
    client, address = client_for(officer), f"/recordings/{copy.pk}/start-again"
    assert address in client.get(f"/recordings/{copy.pk}/copies").content.decode()
    assert address not in client_for(factories.person(Role.PSD)).get(f"/recordings/{copy.pk}/copies").content.decode()
    draft_save(who=who, recording=master, content=drawn([track(30, 40)]))
    assert "go on with your drawing" in client.get(address).content.decode()
    kept = client.post(address)
    assert (kept.status_code, "starting again would throw that away" in kept.content.decode()) == (422, True)
    before = Event.objects.count()
    answer = client.post(address, {"replace": "on"})
    assert answer["Location"] == f"/recordings/{master.pk}/edit/redaction?part=1"
    assert Draft.objects.get().content["tracks"][0]["end"] == 20
    assert Event.objects.count() == before, "a draft is no event, however it is made"


def test_a_program_starts_again_and_is_told_where_the_draft_lies(who, officer, master, tmp_path):
    copy = redacted(who, master, tmp_path, drawn([track(10, 20)]))
    client, address = client_for(officer), f"/api/v1/recordings/{copy.pk}/start-again"
    told = client.post(address, content_type="application/json").json()
    assert (told["recording"], told["part"], len(told["content"]["tracks"])) == (str(master.pk), 1, 1)
    kept = client.post(address, content_type="application/json")
    assert (kept.status_code, kept.json()["code"]) == (409, "draft-kept")
    assert client.post(address, {"replace": True}, content_type="application/json").status_code == 200
    of_master = client.post(f"/api/v1/recordings/{master.pk}/start-again", content_type="application/json")
    assert of_master.json()["code"] == "not-editable"
