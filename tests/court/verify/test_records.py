"""Custody records: a line that is changed, removed, swapped or cut off is found."""

from uuid import UUID

import pytest

from evidence.custody.tree.hashing import leaf_hash
from tests.court.verify.pressing import (
    COPY,
    checked,
    fails,
    hex_of,
)

pytestmark = pytest.mark.once


def test_body_that_was_changed_fails(disc):
    body = disc.lines(COPY)[2]["body"].replace("failed", "done")
    disc.line_change(COPY, 3, body=body)
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 3", "was changed: its text is not the one that its hash is of")
    disc.line_change(COPY, 3, leaf=leaf_hash(body.encode()).hex())
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 3", "its proof does not lead to the signed checkpoint")


def test_line_that_was_removed_fails(disc):
    lines = disc.lines(COPY)
    disc.lines_write(COPY, [line for line in lines if line["seq"] != 2])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 2: is missing or out of place; line 3 stands there")
    fails(disc, "AB_1.events.jsonl: has 3 lines, and bundle.json says 4")


def test_line_that_was_removed_and_the_rest_renumbered_fails(disc):
    lines = disc.lines(COPY)
    disc.lines_write(COPY, [line | {"seq": seq} for seq, line in enumerate((lines[0], *lines[2:]), 1)])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 2: has another number in what was hashed")


def test_lines_that_were_swapped_fail(disc):
    one, two, three, four = disc.lines(COPY)
    disc.lines_write(COPY, [one, three, two, four])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 2: is missing or out of place; line 3 stands there")


@pytest.mark.parametrize("field", ["actor.name", "recipients.0.name"])
def test_name_that_was_changed_fails(disc, field):
    texts = disc.lines(COPY)[0]["texts"]
    texts[field]["text"] = "PC 1 Nobody"
    disc.line_change(COPY, 1, texts=texts)
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", f"the text of '{field}' was changed")


@pytest.mark.parametrize("field", ["reason.text", "recipients.9.name", "recipients.x", "actor.name.x", "", "."])
def test_name_that_no_commitment_stands_for_fails(disc, field):
    texts = disc.lines(COPY)[0]["texts"]
    disc.line_change(COPY, 1, texts=texts | {field: texts["actor.name"]})
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", f"the text of '{field}' was changed")


def test_leaf_of_a_withheld_line_that_was_changed_fails(disc):
    disc.line_change(COPY, 2, leaf=hex_of(b"something else"))
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 2", "its proof does not lead to the signed checkpoint")


def test_last_lines_that_were_cut_off_fail(disc):
    disc.lines_write(COPY, disc.lines(COPY)[:2])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl: has 2 lines, and bundle.json says 4")
    fails(disc, "AB_1.events.jsonl: does not end with the line that bundle.json says")


def test_withheld_lines_that_are_more_than_the_bundle_says_fail(disc):
    short = {key: disc.lines(COPY)[2][key] for key in ("seq", "leaf", "proof")}
    lines = [line if line["seq"] != 3 else short | {"withheld": True, "class": "x"} for line in disc.lines(COPY)]
    disc.lines_write(COPY, lines)
    disc.relisted()
    fails(disc, "AB_1.events.jsonl: has 2 withheld lines, and bundle.json says 1")


def test_record_of_another_recording_fails(disc):
    bundle = disc.bundle()
    bundle["exhibits"][0]["recording"] = bundle["exhibits"][0]["records"][0]["recording"] = str(UUID(int=1))
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", "is not about the recording that bundle.json says")


def test_text_that_was_erased_is_told_and_fails_nothing(disc):
    texts = disc.lines(COPY)[0]["texts"]
    del texts["actor.name"]
    gone = {"actor.name": {"at": "2026-12-01T10:00:00.000000Z", "authority": "Court order T20267001"}}
    disc.line_change(COPY, 1, texts=texts, erased=gone)
    disc.relisted()
    status, said = checked(disc)
    assert status == 0, said
    assert "AB_1.events.jsonl: 1 text erased under Court order T20267001" in said


@pytest.mark.parametrize("field", ["recipients.0.name", "recipients.9.name"])
def test_text_that_is_there_or_never_was_cannot_be_said_to_be_erased(disc, field):
    disc.line_change(COPY, 1, erased={field: {"at": "", "authority": "Court order T20267001"}})
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", f"the text of '{field}' is said to be erased, and is there or never was")
