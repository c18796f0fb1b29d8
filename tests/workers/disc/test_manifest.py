"""The bag: what sha256sum, and the RFC, say of it."""

import hashlib
import subprocess

import pytest

from workers.disc.errors import DiscCancelled, UnsafeTree
from workers.disc.manifest import bag_finish

INFO = {"Source-Organization": "Anytown Police", "External-Identifier": "01AB0012324\nPayload-Oxum: 0.0"}


def sha256sum_check(root, manifest):
    argv = ["sha256sum", "-c", "--strict", manifest]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)


def test_sha256sum_accepts_both_manifests(tree, made_at):
    bag_finish(tree, info=INFO, made_at=made_at)
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        assert sha256sum_check(tree, manifest).returncode == 0


def test_manifest_lists_the_payload_alone_and_the_tag_manifest_the_rest(tree, made_at):
    bag_finish(tree, info=INFO, made_at=made_at)
    names = {
        manifest: [line.split("  ", 1)[1] for line in (tree / manifest).read_text().splitlines()]
        for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt")
    }
    assert names["manifest-sha256.txt"] == [
        "data/documents/exhibit-list.csv",
        "data/exhibits/AB_1/AB_1_original.mp4",
        "data/exhibits/AB_1/AB_1_redacted_v2.mp4",
    ]
    assert names["tagmanifest-sha256.txt"] == [
        "bag-info.txt",
        "bagit.txt",
        "index.html",
        "manifest-sha256.txt",
        "metadata/bundle.json",
    ]


def test_bag_declares_version_1_and_counts_its_payload(tree, made_at):
    report = bag_finish(tree, info=INFO, made_at=made_at)
    assert (tree / "bagit.txt").read_text() == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    payload_bytes = sum(path.stat().st_size for path in (tree / "data").rglob("*") if path.is_file())
    assert (report.payload_file_count, report.payload_bytes) == (3, payload_bytes)
    lines = (tree / "bag-info.txt").read_text().splitlines()
    assert f"Payload-Oxum: {payload_bytes}.3" in lines
    assert "Bagging-Date: 2024-05-01" in lines
    assert report.manifest_sha256 == hashlib.sha256((tree / "manifest-sha256.txt").read_bytes()).hexdigest()


def test_line_break_in_a_value_cannot_forge_a_field(tree, made_at):
    bag_finish(tree, info=INFO, made_at=made_at)
    oxum = [line for line in (tree / "bag-info.txt").read_text().splitlines() if line.startswith("Payload-Oxum")]
    assert len(oxum) == 1


def test_one_changed_byte_fails_the_check(tree, made_at):
    bag_finish(tree, info=INFO, made_at=made_at)
    exhibit = tree / "data" / "exhibits" / "AB_1" / "AB_1_original.mp4"
    content = bytearray(exhibit.read_bytes())
    content[500] ^= 1
    exhibit.write_bytes(content)
    checked = sha256sum_check(tree, "manifest-sha256.txt")
    assert checked.returncode == 1
    assert "AB_1_original.mp4: FAILED" in checked.stdout


def test_finishing_a_bag_twice_gives_the_same_bytes(tree, made_at):
    assert bag_finish(tree, info=INFO, made_at=made_at) == bag_finish(tree, info=INFO, made_at=made_at)


def test_bag_without_payload_is_refused(tmp_path, made_at):
    (tmp_path / "index.html").write_text("x")
    with pytest.raises(UnsafeTree, match="nothing to hand over"):
        bag_finish(tmp_path, info={}, made_at=made_at)


@pytest.mark.parametrize("field", ["Payload-Oxum", "bagging-date", "A: b", "Straße", ""])
def test_field_that_would_break_the_information_file_is_refused(tree, made_at, field):
    with pytest.raises(ValueError, match="cannot be given"):
        bag_finish(tree, info={field: "x"}, made_at=made_at)


def test_link_in_the_tree_is_refused(tree, made_at):
    (tree / "data" / "leak.txt").symlink_to("/etc/hostname")
    with pytest.raises(UnsafeTree, match=r"data/leak\.txt"):
        bag_finish(tree, info={}, made_at=made_at)


def test_hashing_can_be_stopped(tree, made_at):
    with pytest.raises(DiscCancelled):
        bag_finish(tree, info={}, made_at=made_at, is_cancelled=lambda: True)


def test_progress_ends_at_all_bytes(tree, made_at):
    seen = []
    report = bag_finish(tree, info={}, made_at=made_at, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (report.payload_bytes, report.payload_bytes)
