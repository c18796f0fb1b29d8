"""The tree against the published vectors of RFC 6962 and against its definition written out, at tile edges too."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.custody.tree.hashing import EMPTY_ROOT, fold, is_consistent, is_included, leaf_hash, node_hash, split
from evidence.custody.tree.tiles import Tile, TileMissing, consistency_proof, inclusion_proof, root_of, tiles_after

# Certificate Transparency's own test data (merkletree tests of its reference implementation)
INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Kept:
    """Tiles as a table keeps them."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.reads = 0
        self.size = 0

    def read(self, level: int, number: int) -> bytes:
        self.reads += 1
        try:
            return self.tiles[level, number]
        except KeyError as missing:
            raise TileMissing(level, number) from missing

    def add(self, leaves: list[bytes]) -> list[Tile]:
        changed = tiles_after(self.read, self.size, leaves)
        self.tiles |= {(tile.level, tile.number): tile.hashes for tile in changed}
        self.size += len(leaves)
        return changed


def leaves(count: int, first: int = 0) -> list[bytes]:
    return [leaf_hash(number.to_bytes(8, "big")) for number in range(first, first + count)]


def grown(*counts: int) -> Kept:
    kept = Kept()
    for count in counts:
        kept.add(leaves(count, kept.size))
    return kept


def defined(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word, over leaf hashes."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + defined(hashes[:k]) + defined(hashes[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_published_vectors(size):
    hashes = [leaf_hash(data) for data in INPUTS[:size]]
    assert fold(hashes).hex() == ROOTS[size - 1]
    kept = Kept()
    kept.add(hashes)
    assert root_of(kept.read, size).hex() == ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing():
    assert root_of(Kept().read, 0) == EMPTY_ROOT == hashlib.sha256().digest()


def test_every_entry_of_every_small_tree_is_shown_and_no_other():
    kept = grown(40)
    for size in range(1, 41):
        root = root_of(kept.read, size)
        assert root == defined(leaves(size))
        for index in range(size):
            proof = inclusion_proof(kept.read, index, size)
            shown = {"index": index, "size": size, "proof": proof, "root": root}
            assert is_included(leaf=leaves(1, index)[0], **shown)
            assert not is_included(leaf=leaves(1, index + 1)[0], **shown)
            assert not is_included(leaf=leaves(1, index)[0], **{**shown, "index": (index + 1) % (size + 1)})


def test_every_small_tree_is_shown_to_be_the_beginning_of_every_larger_one():
    kept = grown(33)
    roots = [root_of(kept.read, size) for size in range(34)]
    for old in range(34):
        for new in range(old, 34):
            proof = consistency_proof(kept.read, old, new)
            shown = {"old": old, "new": new, "proof": proof, "new_root": roots[new]}
            assert is_consistent(old_root=roots[old], **shown)
            if 0 < old < new:
                assert not is_consistent(old_root=roots[old - 1], **shown)
                assert not is_consistent(old_root=roots[old], **{**shown, "proof": proof[:-1]})


@pytest.mark.parametrize(
    "counts", [(256,), (255, 1), (257,), (511, 2), (65_535, 1), (65_536,), (65_536, 300), (70_000,)]
)
def test_the_root_is_the_definitions_at_the_edges_of_tiles(counts):
    kept = grown(*counts)
    assert root_of(kept.read, kept.size) == defined(leaves(kept.size))
    sizes = {place: len(hashes) // 32 for place, hashes in kept.tiles.items()}
    for level in range(3):
        whole, rest = divmod(kept.size >> 8 * level, 256)
        assert [sizes[level, number] for number in range(whole)] == [256] * whole
        assert sizes.get((level, whole), 0) == rest


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_however_it_grew_the_tree_is_the_same_and_its_proofs_hold(counts: list[int], chance: random.Random):
    kept = grown(*counts)
    assert kept.tiles == grown(sum(counts)).tiles
    size = kept.size
    index, old = chance.randrange(size), chance.randint(1, size)
    root = root_of(kept.read, size)
    proof = inclusion_proof(kept.read, index, size)
    assert is_included(index=index, size=size, leaf=leaves(1, index)[0], proof=proof, root=root)
    steps = consistency_proof(kept.read, old, size)
    assert is_consistent(old=old, new=size, old_root=root_of(kept.read, old), new_root=root, proof=steps)


def test_a_changed_bit_anywhere_in_a_proof_spoils_it():
    kept = grown(1000)
    root = root_of(kept.read, 1000)
    proof = inclusion_proof(kept.read, 613, 1000)
    for at, part in enumerate(proof):
        bent = [*proof[:at], bytes([part[0] ^ 1]) + part[1:], *proof[at + 1 :]]
        assert not is_included(index=613, size=1000, leaf=leaves(1, 613)[0], proof=bent, root=root)


def test_a_proof_reads_a_few_tiles_however_large_the_tree():
    kept = grown(70_000)
    kept.reads = 0
    inclusion_proof(kept.read, 12_345, 70_000)
    assert kept.reads <= 6
    kept.reads = 0
    consistency_proof(kept.read, 33_333, 70_000)
    assert kept.reads <= 10


def test_a_tile_that_is_missing_or_cut_is_named():
    kept = grown(600)
    kept.tiles[0, 1] = kept.tiles[0, 1][:-32]
    with pytest.raises(TileMissing, match="Tile 1 of level 0"):
        inclusion_proof(kept.read, 300, 512)
    del kept.tiles[0, 2]
    with pytest.raises(TileMissing, match="Tile 2 of level 0"):
        kept.add(leaves(1, 600))


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_there_is_no_proof_of_what_is_not_there(index, size):
    with pytest.raises(ValueError, match="There is no entry"):
        inclusion_proof(grown(8).read, index, size)
    with pytest.raises(ValueError, match="no beginning"):
        consistency_proof(grown(8).read, 9, 8)


def test_a_node_cannot_pass_for_a_leaf():
    one, other = leaves(2)
    assert leaf_hash(one + other) != node_hash(one, other)
    assert [split(count) for count in (2, 3, 4, 5, 8, 9)] == [1, 2, 2, 4, 4, 8]
