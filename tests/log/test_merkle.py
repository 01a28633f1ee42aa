import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import LogDamaged
from haihe.log import merkle
from haihe.log.merkle import EMPTY_ROOT, TILE_LEAVES, Frontier, Subtree, Tile, leaf_hash
from tests.data import read_lines

# The tree of the Certificate Transparency reference code: leaf data, and the root after each leaf.
CT_LEAVES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class Stored:
    """What a log keeps of its tree; counts what is read."""

    def __init__(self, count: int) -> None:
        self.leaf_hashes = [leaf_hash(b"%d" % index) for index in range(count)]
        self.tile_roots: dict[tuple[int, int], bytes] = {}
        self.frontiers = [Frontier()]
        self.read = 0
        for leaf in self.leaf_hashes:
            frontier, tiles = self.frontiers[-1].append(leaf)
            self.frontiers.append(frontier)
            self.tile_roots |= {(tile.level, tile.place): tile.root for tile in tiles}

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        self.read += end - start
        return self.leaf_hashes[start:end]

    def tiles(self, level: int, start: int, *, end: int) -> Sequence[bytes]:
        self.read += end - start
        found = (self.tile_roots.get((level, place)) for place in range(start, end))
        return [root for root in found if root is not None]

    def root(self, size: int) -> bytes:
        return self.frontiers[size].root


@cache
def stored(count: int) -> Stored:
    return Stored(count)


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH as RFC 9162, section 2.1.1 defines it, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = naive_root(leaves[:split]), naive_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def flips(data: bytes) -> Iterator[bytes]:
    for bit in range(len(data) * 8):
        yield flipped(data, bit)


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data) ^ (1 << bit)).to_bytes(len(data))


def subtrees(size: int) -> Iterator[Subtree]:
    for start in range(size + 1):
        for end in range(start, size + 1):
            width = 1
            while width < end - start:
                width *= 2
            if start % width == 0:
                yield Subtree(start, end)


def test_the_tree_of_the_certificate_transparency_code_has_its_known_roots() -> None:
    frontier = Frontier()
    for data, root in zip(CT_LEAVES, CT_ROOTS, strict=True):
        frontier, _ = frontier.append(leaf_hash(bytes.fromhex(data)))
        assert frontier.root.hex() == root


def test_a_tree_without_leaves_has_the_hash_of_nothing_as_its_root() -> None:
    # RFC 9162, section 2.1.1; the hash itself from FIPS 180-4's test for the empty message.
    known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root.hex() == EMPTY_ROOT.hex() == known


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 66_000])
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert stored(66_000).root(size) == naive_root(stored(66_000).leaf_hashes[:size])


def test_every_complete_tile_is_told_once_with_the_root_of_its_leaves() -> None:
    log = stored(66_000)
    assert log.tile_roots.keys() == {(0, place) for place in range(257)} | {(1, 0)}
    for (level, place), root in log.tile_roots.items():
        width = TILE_LEAVES ** (level + 1)
        assert root == naive_root(log.leaf_hashes[place * width : (place + 1) * width])


def test_a_tile_is_the_row_the_log_stores() -> None:
    _, tiles = stored(255).frontiers[255].append(leaf_hash(b"255"))
    assert tiles == (Tile(level=0, place=0, root=stored(256).root(256)),)
    assert [*tiles[0]] == [0, 0, stored(256).root(256)]


def test_appending_leaves_the_earlier_frontier_as_it_was() -> None:
    before = stored(7).frontiers[7]
    root = before.root
    before.append(leaf_hash(b"x"))
    assert (before.size, before.root) == (7, root)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700, 65_536, 65_999])
def test_a_frontier_comes_back_from_stored_hashes(size: int) -> None:
    assert Frontier.restore(size, stored(66_000)) == stored(66_000).frontiers[size]


def test_data_that_was_not_hashed_is_no_leaf() -> None:
    with pytest.raises(ValueError, match="has 3 bytes; it must have 32"):
        Frontier().append(b"abc")


@given(size=st.integers(1, 700))
def test_every_leaf_is_proven_to_be_in_its_tree(size: int) -> None:
    log = stored(700)
    for index in range(0, size, 1 + size // 40):
        proof = merkle.inclusion_proof(index, size, source=log)
        leaf, root = log.leaf_hashes[index], log.root(size)
        assert merkle.verify_inclusion(leaf, proof, index=index, size=size, root=root)


@given(data=st.data(), size=st.integers(2, 700))
def test_one_flipped_bit_breaks_an_inclusion_proof(data: st.DataObject, size: int) -> None:
    log = stored(700)
    index = data.draw(st.integers(0, size - 1))
    bit = data.draw(st.integers(0, 255))
    proof = merkle.inclusion_proof(index, size, source=log)
    parts = [log.leaf_hashes[index], log.root(size), *proof]
    for place in range(len(parts)):
        leaf, root, *path = (
            flipped(part, bit) if at == place else part for at, part in enumerate(parts)
        )
        assert not merkle.verify_inclusion(leaf, path, index=index, size=size, root=root)


def test_every_single_bit_counts() -> None:
    log = stored(7)
    leaf, root = log.leaf_hashes[4], log.root(7)
    proof = merkle.inclusion_proof(4, 7, source=log)
    for place, part in enumerate(proof):
        for wrong in flips(part):
            path = [*proof[:place], wrong, *proof[place + 1 :]]
            assert not merkle.verify_inclusion(leaf, path, index=4, size=7, root=root)


def test_a_proof_holds_for_no_other_index_or_size() -> None:
    log = stored(40)
    for index in range(20):
        proof = merkle.inclusion_proof(index, 20, source=log)
        leaf, root = log.leaf_hashes[index], log.root(20)
        for other in range(-1, 40):
            holds = merkle.verify_inclusion(leaf, proof, index=other, size=20, root=root)
            assert holds == (other == index)
        # The size is held by the root: a checkpoint signs the two together.
        for size in (1, 19, 21, 40):
            other_root = log.root(size)
            assert not merkle.verify_inclusion(leaf, proof, index=index, size=size, root=other_root)


def test_every_pair_of_sizes_is_proven_consistent() -> None:
    log = stored(40)
    for size in range(1, 41):
        for old_size in range(1, size + 1):
            proof = merkle.consistency_proof(old_size, size, source=log)
            old_root, root = log.root(old_size), log.root(size)
            assert merkle.verify_consistency(
                proof, old_size=old_size, old_root=old_root, size=size, root=root
            )


@given(data=st.data(), size=st.integers(2, 66_000))
def test_a_long_log_is_consistent_and_one_flipped_bit_breaks_it(
    data: st.DataObject, size: int
) -> None:
    log = stored(66_000)
    old_size = data.draw(st.integers(1, size - 1))
    bit = data.draw(st.integers(0, 255))
    proof = merkle.consistency_proof(old_size, size, source=log)
    parts = [log.root(old_size), log.root(size), *proof]

    def holds(changed: int) -> bool:
        old_root, root, *path = (
            flipped(part, bit) if at == changed else part for at, part in enumerate(parts)
        )
        return merkle.verify_consistency(
            path, old_size=old_size, old_root=old_root, size=size, root=root
        )

    assert holds(changed=-1)
    assert not any(holds(changed=at) for at in range(len(parts)))


def test_a_rewritten_past_is_not_consistent() -> None:
    honest, forged = stored(9), Frontier()
    for index in range(9):
        forged, _ = forged.append(leaf_hash(b"%d" % (index if index != 2 else 99)))
    proof = merkle.consistency_proof(5, 9, source=honest)
    assert not merkle.verify_consistency(
        proof, old_size=5, old_root=honest.root(5), size=9, root=forged.root
    )


def test_every_subtree_and_every_leaf_of_it_is_proven() -> None:
    log = stored(20)
    for size in range(21):
        for subtree in subtrees(size):
            inner = naive_root(log.leaf_hashes[subtree.start : subtree.end])
            proof = merkle.subtree_consistency_proof(subtree, size, source=log)
            assert merkle.verify_subtree_consistency(
                subtree, proof, subtree_root=inner, size=size, root=log.root(size)
            )
            for index in range(subtree.start, subtree.end):
                path = merkle.subtree_inclusion_proof(index, subtree, source=log)
                assert merkle.verify_subtree_inclusion(
                    log.leaf_hashes[index], path, index=index, subtree=subtree, root=inner
                )


def test_subtrees_are_those_of_the_draft() -> None:
    valid = set(subtrees(20))
    for start in range(-1, 21):
        for end in range(-1, 21):
            assert Subtree(start, end).is_valid == (Subtree(start, end) in valid)


def test_the_drafts_example_proof_has_the_hashes_the_draft_draws() -> None:
    # draft-ietf-plants-merkle-tree-certs, section 4.4.2: the subtree [8, 13) in a tree of 14.
    log = stored(14)
    leaves = log.leaf_hashes
    assert merkle.subtree_consistency_proof(Subtree(8, 13), 14, source=log) == (
        leaves[12],
        leaves[13],
        naive_root(leaves[8:12]),
        naive_root(leaves[0:8]),
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda log: merkle.inclusion_proof(5, 5, source=log), "no leaf 5 in"),
        (lambda log: merkle.inclusion_proof(-1, 5, source=log), "no leaf -1 in"),
        (lambda log: merkle.consistency_proof(0, 5, source=log), "old_size is 0"),
        (lambda log: merkle.consistency_proof(6, 5, source=log), "no subtree of 5 leaves"),
        (
            lambda log: merkle.subtree_consistency_proof(Subtree(2, 6), 8, source=log),
            "no subtree of 8 leaves",
        ),
    ],
)
def test_a_proof_of_what_cannot_be_is_refused(
    make: Callable[[Stored], tuple[bytes, ...]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        make(stored(8))


@pytest.mark.parametrize("index", [3, 600])
def test_a_log_that_lost_hashes_says_so_instead_of_proving_nonsense(index: int) -> None:
    log = Stored(700)
    del log.tile_roots[0, 1]
    log.leaf_hashes = log.leaf_hashes[:650]
    with pytest.raises(LogDamaged, match="the log holds"):
        merkle.inclusion_proof(index, 700, source=log)


def test_a_proof_reads_few_hashes_however_long_the_log_is() -> None:
    log = stored(66_000)
    levels = 3  # Leaves, tiles of level 0, tiles of level 1.
    for size in (65_535, 65_791, 65_999, 66_000):
        for index in (0, 255, 32_768, 65_534):
            log.read = 0
            merkle.inclusion_proof(index, size, source=log)
            assert log.read <= 2 * TILE_LEAVES * levels


def holds(vector: dict[str, object]) -> bool:
    """What our verifier says of a vector."""

    def data(name: str) -> bytes:
        return base64.b64decode(str(vector[name]))

    def number(name: str) -> int:
        value = vector[name]
        assert isinstance(value, int)
        return value

    listed = vector["proof"] or []
    assert isinstance(listed, list)
    proof = [base64.b64decode(item) for item in listed]
    match vector["kind"]:
        case "inclusion":
            index, size = number("leafIdx"), number("treeSize")
            return merkle.verify_inclusion(
                data("leafHash"), proof, index=index, size=size, root=data("root")
            )
        case "consistency":
            return merkle.verify_consistency(
                proof,
                old_size=number("size1"),
                old_root=data("root1"),
                size=number("size2"),
                root=data("root2"),
            )
        case "subtreeinclusion":
            subtree = Subtree(number("start"), number("end"))
            index = number("leafIdx")
            return merkle.verify_subtree_inclusion(
                data("leafHash"), proof, index=index, subtree=subtree, root=data("root")
            )
        case _:
            return merkle.verify_subtree_consistency(
                Subtree(number("start"), number("end")),
                proof,
                subtree_root=data("root1"),
                size=number("size"),
                root=data("root2"),
            )


def test_every_vector_of_the_transparency_project_comes_out_as_labelled() -> None:
    vectors = read_lines("audit/merkle_vectors.jsonl.gz")
    wrong = [vector["file"] for vector in vectors if holds(vector) == vector["wantErr"]]
    assert (len(vectors), wrong) == (518, [])
