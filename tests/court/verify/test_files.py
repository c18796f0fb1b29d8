"""Files and exhibits: whatever is changed, missing, added or leads elsewhere is found and named."""

import os

import pytest

from evidence.court.bundle import verify
from tests.court.verify.pressing import (
    FILM,
    ORIGINAL,
    OTHER,
    RECIPE,
    STATEMENT,
    Item,
    Pressed,
    checked,
    described,
    fails,
    hex_of,
)

pytestmark = pytest.mark.once


def test_one_bit_of_a_film_fails(disc):
    film = bytearray((disc.root / FILM).read_bytes())
    film[1_000_000] ^= 1
    disc.write(FILM, bytes(film))
    fails(disc, FILM, "was changed")
    disc.relisted()
    fails(disc, "AB/1", FILM, "is not what bundle.json says")
    bundle = disc.bundle()
    bundle["exhibits"][0]["files"][0]["sha256"] = hex_of(bytes(film))
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB/1", FILM, "no line of metadata/custody/AB_1.events.jsonl that holds names its SHA-256")


def test_film_that_is_missing_fails(disc):
    (disc.root / FILM).unlink()
    fails(disc, FILM, "is not on the disc")
    disc.relisted()
    fails(disc, "AB/1", FILM, "is not on the disc")


def test_file_in_no_list_fails(disc):
    disc.write("data/documents/more.pdf", b"%PDF")
    fails(disc, "data/documents/more.pdf", "in no list")


def test_film_that_is_no_exhibit_fails_even_when_listed(disc):
    disc.write("data/exhibits/AB_1/another.mp4", b"film")
    disc.relisted()
    fails(disc, "data/exhibits/AB_1/another.mp4", "is no file of one on disc 1")


def test_disc_that_calls_itself_another_one_of_the_set_fails(disc):
    disc.bundle_write(disc.bundle() | {"disc": 2})
    disc.relisted()
    fails(disc, FILM, "is no file of one on disc 2")


def test_exhibit_on_another_disc_is_told_of_and_does_not_spoil_this_one(disc):
    bundle = disc.bundle()
    elsewhere = described("data/exhibits/AB_3/x.mp4", b"x") | {"disc": 2}
    bundle["exhibits"].append(
        bundle["exhibits"][1] | {"reference": "AB/3", "discs": [2], "files": [elsewhere], "records": None}
    )
    disc.bundle_write(bundle)
    disc.relisted()
    status, said = checked(disc)
    assert status == 0, said
    assert "not checked  AB/3: what lies on disc 2 of the set is checked there" in said


@pytest.mark.parametrize("manifest", [verify.MANIFEST, verify.TAG_MANIFEST])
def test_list_that_is_missing_fails(disc, manifest):
    (disc.root / manifest).unlink()
    fails(disc, manifest, "is not on the disc")


def test_path_that_is_listed_twice_fails(disc):
    manifest = disc.root / verify.MANIFEST
    manifest.write_text(manifest.read_text() + f"{hex_of(b'')}  {FILM}\n")
    fails(disc, f"{verify.MANIFEST}, line 5", "is listed twice")


def test_file_in_the_wrong_list_fails(disc):
    manifest, tags = disc.root / verify.MANIFEST, disc.root / verify.TAG_MANIFEST
    first, *rest = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join(rest))
    disc.relisted(verify.TAG_MANIFEST)
    tags.write_text(tags.read_text() + first)
    fails(disc, verify.TAG_MANIFEST, "AB_1_label.txt' does not belong into this list")


def test_three_characters_in_paths_are_read_as_bagit_writes_them(disc):
    name = "data/100%\n.txt"
    disc.write(name, b"odd")
    manifest = disc.root / verify.MANIFEST
    manifest.write_text(manifest.read_text() + f"{hex_of(b'odd')}  data/100%25%0A.txt\n")
    disc.relisted(verify.TAG_MANIFEST)
    status, said = checked(disc)
    assert status == 0, said


PATHS = ["../x", "/etc/passwd", "data/../../x", "data\\x", "C:/x", "data//x", "./data/x", "data/x:stream"]


@pytest.mark.parametrize("path", PATHS)
def test_path_that_leads_elsewhere_fails_and_is_not_opened(disc, path):
    (disc.root.parent / "x").write_bytes(b"outside")
    manifest = disc.root / verify.MANIFEST
    manifest.write_text(manifest.read_text() + f"{hex_of(b'outside')}  {path}\n")
    fails(disc, f"{verify.MANIFEST}, line 5", path, "was not opened")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("place", ["file", "record", "recipe", "checkpoint", "keys"])
def test_path_in_the_bundle_that_leads_elsewhere_fails_and_is_not_opened(disc, place, path):
    bundle = disc.bundle()
    exhibit = bundle["exhibits"][0]
    of, key = {
        "file": (exhibit["files"][0], "path"), "record": (exhibit["records"][0], "path"),
        "recipe": (exhibit["made"], "recipe"), "checkpoint": (bundle["log"], "checkpoint"),
        "keys": (bundle["log"], "keys"),
    }[place]  # fmt: skip
    of[key] = path
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, path, "was not opened")


def test_link_fails_and_is_not_followed(disc):
    content = (disc.root / FILM).read_bytes()
    (disc.root.parent / "film").write_bytes(content)
    (disc.root / FILM).unlink()
    (disc.root / FILM).symlink_to(disc.root.parent / "film")
    fails(disc, FILM, "is a link or a device")
    fails(disc, FILM, "is not on the disc")


def test_linked_folder_fails_and_is_not_followed(disc):
    (disc.root / "data/exhibits/AB_1").rename(disc.root.parent / "AB_1")
    (disc.root / "data/exhibits/AB_1").symlink_to(disc.root.parent / "AB_1")
    fails(disc, "data/exhibits/AB_1: is a link or a device")
    fails(disc, FILM, "is not on the disc")


def test_device_fails_and_is_not_opened(disc):
    os.mkfifo(disc.root / "data/pipe")
    fails(disc, "data/pipe", "is a link or a device")


def test_name_on_the_disc_cannot_pass_for_a_finding(disc):
    disc.write("data/x\n  ok           all of it\x1b[2J", b"")
    _, said = checked(disc)
    assert "FAIL         data/x?  ok           all of it?[2J: is on the disc and in no list" in said
    assert "\x1b" not in said


# exhibits


@pytest.mark.parametrize("path", [RECIPE, STATEMENT])
def test_recipe_or_statement_that_was_changed_fails(disc, path):
    disc.write(path, b'{"cut":2}')
    disc.relisted()
    fails(disc, path, "is not what bundle.json says")
    bundle, what = disc.bundle(), path.split(".")[1]
    bundle["exhibits"][0]["made"][f"{what}_sha256"] = hex_of(b'{"cut":2}')
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, f"AB/1, {what}", "names its SHA-256")


def test_master_that_is_not_in_its_record_fails(disc):
    bundle = disc.bundle()
    bundle["exhibits"][0]["made_from"][0]["sha256"] = [hex_of(b"another film")]
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB/1, the Master that it was made from", hex_of(b"another film"))


def test_record_that_is_left_out_fails(disc):
    bundle = disc.bundle()
    del bundle["exhibits"][0]["records"][1]
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB/1, the Master", "the custody record that has to name it is not on the disc")


def test_size_that_is_not_that_of_the_file_fails(disc):
    bundle = disc.bundle()
    bundle["exhibits"][0]["files"][0]["size_bytes"] += 1
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, FILM, "is not what bundle.json says")


def only_line(disc: Pressed, seq: int) -> None:
    """Leave one whole line of the other item to name its files; the others are withheld."""
    lines = disc.lines(OTHER)
    hidden = [{key: line[key] for key in ("seq", "leaf", "proof")} for line in lines]
    kept = [
        line if line["seq"] == seq else short | {"withheld": True, "class": "consultation"}
        for line, short in zip(lines, hidden, strict=True)
    ]
    disc.lines_write(OTHER, kept)
    bundle = disc.bundle()
    bundle["exhibits"][1]["records"][0]["withheld"] = 1
    disc.bundle_write(bundle)
    disc.relisted()


def test_playing_copy_that_no_line_names_is_not_checked(disc):
    only_line(disc, 1)
    status, said = checked(disc)
    assert status == 2
    assert "not checked  AB/2, data/exhibits/AB_2/AB_2_proxy.mp4: a copy for playing" in said


def test_line_of_something_that_failed_names_no_file(disc):
    item = Item()
    item.id = disc.other.id
    item.happened("recording:master:sealed", files=[b"an old film", b"the old film for browsers"], outcome="failed")
    disc.lines_write(OTHER, item.lines)
    bundle = disc.bundle()
    bundle["exhibits"][1]["records"] = [item.head(OTHER)]
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, "AB/2", ORIGINAL, "names its SHA-256")


def test_file_named_only_by_a_line_that_is_not_sealed_is_not_checked(disc):
    disc.line_change(OTHER, 1, proof=None)
    disc.line_change(OTHER, 2, proof=None)
    disc.relisted()
    status, said = checked(disc)
    assert status == 2
    assert (
        f"not checked  AB/2, {ORIGINAL}: is named in metadata/custody/AB_2.events.jsonl only by lines that no" in said
    )
