"""Memory above a disk: where each body is, and that none is lost without the index knowing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching import Dropped, Entry
from caching.admission import make_admission
from caching.index import CacheIndex
from caching.policies import POLICIES, make_hospitable_policy, make_policy
from caching.tiers import Disk, Move, Tiers, put_above
from tests.caching.samples import T0_MS, entry, key_of

BLOCK = 4096


def in_blocks(size_bytes: int) -> int:
    """What a file system takes for it."""
    return -(-size_bytes // BLOCK) * BLOCK


def tiers(
    memory: int = 2, disk: int = 4, admission: str | None = None, policy: str = "lru", writing: int = 100
) -> Tiers:
    """Tiers whose capacities are whole blocks."""
    rule = None if admission is None else make_admission(admission)
    above, below = (make_hospitable_policy(policy, blocks * BLOCK) for blocks in (memory, disk))
    return Tiers(above, below, rule, in_blocks, writing * BLOCK)


def admit(both: Tiers, *keys: str, wrote: bool = True) -> list[str]:
    """Store a body of one block under each key; the victims."""
    victims = [victim for key in keys for victim in both.admit(key, BLOCK)]
    if wrote:
        for key in keys:
            both.wrote(key)
    return victims


def moves(both: Tiers) -> list[tuple[str, Move]]:
    taken, both.moves = both.moves, []
    return taken


def test_without_a_rule_every_body_is_written() -> None:
    both = tiers()
    assert admit(both, "a", "b") == [] and moves(both) == [("a", Move.WRITE), ("b", Move.WRITE)]
    assert "a" in both.memory and "a" in both.disk and len(both) == 2


def test_what_memory_lets_go_stays_on_disk() -> None:
    both = tiers()
    admit(both, "a", "b")
    moves(both)
    assert admit(both, "c") == [] and moves(both) == [("a", Move.RELEASE), ("c", Move.WRITE)]
    assert "a" in both and "a" not in both.memory and both.size_of("a") == BLOCK and len(both) == 3


def test_a_hit_on_disk_brings_nothing_into_memory_and_counts_there() -> None:
    both = tiers(memory=1, disk=2)
    admit(both, "a", "b")
    moves(both)
    both.hit("a")
    assert "a" not in both.memory and moves(both) == []
    assert admit(both, "c") == ["b"] and "a" in both.disk


def test_what_the_disk_lets_go_stays_in_memory() -> None:
    both = tiers(memory=2, disk=1)
    admit(both, "a")
    moves(both)
    assert admit(both, "b") == [] and moves(both) == [("a", Move.ERASE), ("b", Move.WRITE)]
    assert len(both) == 2


def test_on_the_second_request_a_body_is_written() -> None:
    both = tiers(admission="second")
    told: list[list[tuple[str, Move]]] = []
    both.listen(lambda: told.append(moves(both)))
    assert admit(both, "a", "b", "c") == ["a"] and moves(both) == [] and len(both) == 2
    both.hit("c")
    assert told == [[("c", Move.WRITE)]]
    both.hit("c")
    assert len(told) == 1
    # One that came back after memory had let it go was asked for twice as well.
    assert admit(both, "a") == ["b"] and moves(both) == [("a", Move.WRITE)]


def test_a_hit_that_makes_room_on_disk_tells_who_is_gone() -> None:
    both = tiers(memory=1, disk=1, admission="second")
    told: list[list[str]] = []
    both.listen(lambda: told.append(both.victims))
    admit(both, "a")
    both.hit("a")
    admit(both, "b")
    both.hit("b")
    assert told[-1] == ["a"] and len(both) == 1


def test_a_body_that_memory_does_not_take_may_go_to_disk_alone() -> None:
    both = tiers(memory=1, disk=4)
    assert both.admit("a", 2 * BLOCK) == []
    assert moves(both) == [("a", Move.WRITE), ("a", Move.RELEASE)]
    assert both.admit("b", 5 * BLOCK) == ["b"] and len(both) == 1


def test_a_successor_takes_both_places() -> None:
    both = tiers()
    admit(both, "a")
    moves(both)
    assert both.admit("a", 2 * BLOCK) == [] and moves(both) == [("a", Move.WRITE)]
    assert both.memory.used_bytes == both.disk.used_bytes == both.writing_bytes == 2 * BLOCK
    assert both.admit("a", 5 * BLOCK) == ["a"] and len(both) == 0 and both.writing_bytes == 0


def test_while_too_much_waits_to_be_written_no_more_is() -> None:
    both = tiers(memory=4, writing=1)
    assert admit(both, "a", "b", wrote=False) == [] and moves(both) == [("a", Move.WRITE)]
    assert both.put_off == 1 and "b" not in both.disk
    both.wrote("a")
    both.hit("b")
    assert moves(both) == [("b", Move.WRITE)]
    # What is held there of an older body does not stand for the newer one.
    both.admit("a", BLOCK)
    assert "a" not in both.disk


def test_what_could_not_be_written_is_not_tried_at_each_hit() -> None:
    both = tiers()
    admit(both, "a", wrote=False)
    moves(both)
    assert both.lost("a") and "a" not in both.disk and both.writing_bytes == 0
    both.hit("a")
    assert moves(both) == []
    admit(both, "a")
    assert moves(both) == [("a", Move.WRITE)]


def test_what_went_bad_on_disk_is_written_again() -> None:
    both = tiers()
    admit(both, "a")
    moves(both)
    assert both.lost("a")
    both.hit("a")
    assert moves(both) == [("a", Move.WRITE)]


def test_what_is_lost_and_not_in_memory_is_held_no_more() -> None:
    both = tiers(memory=1)
    admit(both, "a", "b")
    assert not both.lost("a") and "a" not in both and len(both) == 1


def test_for_want_of_space_others_make_room() -> None:
    both = tiers(memory=1)
    admit(both, "a", "b", "c", wrote=False)
    assert both.lost("c", make_room_bytes=BLOCK) and both.victims == ["a"] and len(both) == 2


def test_what_was_found_needs_no_admission() -> None:
    both = tiers(disk=2, admission="second")
    assert [both.restore(key, BLOCK) for key in "abc"] == [[], [], ["a"]]
    assert both.restore("d", 3 * BLOCK) == ["d"] and both.moves == [] and len(both) == 2


def test_a_smaller_memory_leaves_the_disk_what_it_has() -> None:
    both = tiers(memory=3, disk=1)
    admit(both, "a", "b", "c")
    moves(both)
    assert both.victim() == "a"
    assert both.resize(BLOCK) == ["a", "b"] and len(both) == 1
    assert both.resize(BLOCK // 2) == [] and moves(both) == [("c", Move.RELEASE)]


def test_what_is_not_held_is_not_found() -> None:
    both = tiers()
    for call in (both.hit, both.remove, both.size_of):
        with pytest.raises(KeyError):
            call("a")
    assert "a" not in both and repr(both).startswith("Tiers(Lru(0 keys") and both.capacity_bytes == 2 * BLOCK


@pytest.mark.parametrize(("policy", "admission"), [("none", "all"), ("lru", "none")])
def test_what_there_is_not_is_named(policy: str, admission: str) -> None:
    with pytest.raises(ValueError, match="'none' is not one of"):
        put_above(
            Disk(policy, 1, admission, 1, in_blocks, lambda entry, move: None), make_policy("lru", 1), 0
        )


def test_what_memory_takes_for_itself_is_not_charged_on_disk() -> None:
    disk = Disk("lru", 2 * BLOCK, "all", BLOCK, in_blocks, lambda entry, move: None)
    both = put_above(disk, make_policy("lru", 3 * BLOCK), overhead_bytes=100)
    both.admit("a", BLOCK + 100)
    assert both.disk.used_bytes == BLOCK and both.used_bytes == BLOCK + 100


class Owner:
    """Who owns the bodies, as a shell does: obeys the moves, and has writes that end when a test says."""

    def __init__(self, policy: str, admission: str | None) -> None:
        self.memory: set[int] = set()
        self.files: dict[int, Entry] = {}
        self.writing: dict[int, Entry] = {}
        self.tiers = tiers(policy=policy, admission=admission, writing=3)
        self.index = CacheIndex(self.tiers, 0, self.on_dropped, self.on_move)
        self.serial = 0

    def on_dropped(self, stored: Entry, cause: Dropped) -> None:
        self.memory.discard(stored.serial)
        self.files.pop(stored.serial, None)
        self.writing.pop(stored.serial, None)

    def on_move(self, stored: Entry, move: Move) -> None:
        serial = stored.serial
        match move:
            case Move.WRITE:
                assert serial in self.memory and serial not in self.files and serial not in self.writing
                self.writing[serial] = stored
            case Move.RELEASE:
                self.memory.remove(serial)
            case Move.ERASE:
                assert serial in self.memory
                assert (self.files.pop(serial, None) or self.writing.pop(serial, None)) is not None
            case Move.REFRESH:
                place = self.files if serial in self.files else self.writing
                assert serial in place
                place[serial] = stored

    def store(self, name: str, size_bytes: int) -> None:
        self.serial += 1
        self.memory.add(self.serial)
        self.index.commit(entry(f"/{name}", self.serial, size_bytes))

    def hit(self, name: str) -> None:
        if (stored := self.index.any_variant(key_of(f"/{name}"))) is not None:
            self.index.policy.hit(stored.id)

    def remove(self, name: str) -> None:
        if (stored := self.index.any_variant(key_of(f"/{name}"))) is not None:
            self.index.remove(stored, Dropped.PURGED)

    def refresh(self, name: str) -> None:
        if (stored := self.index.any_variant(key_of(f"/{name}"))) is not None:
            self.index.refresh(stored.purged_softly(T0_MS))

    def end_write(self) -> None:
        if self.writing:
            serial = next(iter(self.writing))
            self.files[serial] = self.writing.pop(serial)
            self.index.wrote(self.files[serial])

    def fail_write(self, *, no_space: bool) -> None:
        if self.writing:
            _, stored = self.writing.popitem()
            self.index.lost(stored, Dropped.UNWRITTEN, no_space=no_space)

    def lose(self, name: str) -> None:
        stored = self.index.any_variant(key_of(f"/{name}"))
        if stored is not None and self.files.pop(stored.serial, None) is not None:
            self.index.lost(stored, Dropped.UNREADABLE)

    def restart(self) -> None:
        """Memory is gone, and what had not been written; files are found in the order of their writing."""
        self.memory.clear()
        self.writing.clear()
        self.tiers = tiers(disk=3, admission="second", writing=3)
        self.index = CacheIndex(self.tiers, 0, self.on_dropped, self.on_move)
        for stored in tuple(self.files.values()):
            self.index.restore(stored)

    def check(self) -> None:
        both, stored = self.tiers, [self.index.any_variant(key_of(f"/{name}")) for name in NAMES]
        held = {one.id: one for one in stored if one is not None}
        assert both.memory.used_bytes <= both.memory.capacity_bytes
        assert both.disk.used_bytes <= both.disk.capacity_bytes
        assert len(held) == len(self.index) == len(both)
        assert {one.serial for one in held.values() if one.id in both.memory} == self.memory
        assert {one.serial for one in held.values() if one.id in both.disk} == {*self.files, *self.writing}
        assert all(one.id in both for one in held.values())
        assert {**self.files, **self.writing} == {
            one.serial: one for one in held.values() if one.id in both.disk
        }
        assert both.writing_bytes == sum(in_blocks(one.size_bytes or 0) for one in self.writing.values())
        assert both.moves == [] and both.victims == []


def test_of_what_was_found_of_one_variant_the_newest_stays() -> None:
    owner = Owner("lru", "second")
    for serial, target in enumerate(("/a", "/b", "/a"), 1):
        owner.files[serial] = entry(target, serial)
    for stored in tuple(owner.files.values()):
        owner.index.restore(stored)
    assert sorted(owner.files) == [2, 3] and len(owner.index) == 2
    owner.check()


def test_what_has_left_the_index_is_neither_written_nor_lost() -> None:
    owner = Owner("lru", None)
    owner.store("a", 10)
    stored = owner.writing[1]
    owner.remove("a")
    owner.index.wrote(stored)
    owner.index.lost(stored, Dropped.UNREADABLE)
    owner.check()


NAMES = "abcdef"


class Step(NamedTuple):
    what: str
    name: str
    size_bytes: int

    def take(self, owner: Owner) -> None:
        does: dict[str, Callable[[], None]] = {
            "store": lambda: owner.store(self.name, self.size_bytes),
            "hit": lambda: owner.hit(self.name),
            "remove": lambda: owner.remove(self.name),
            "refresh": lambda: owner.refresh(self.name),
            "end write": owner.end_write,
            "fail write": lambda: owner.fail_write(no_space=False),
            "no space": lambda: owner.fail_write(no_space=True),
            "lose": lambda: owner.lose(self.name),
            "restart": owner.restart,
        }
        does[self.what]()


steps = st.builds(
    Step,
    st.sampled_from(
        ["store"] * 4
        + ["hit"] * 4
        + ["end write"] * 3
        + ["remove", "refresh", "fail write", "no space", "lose", "restart"]
    ),
    st.sampled_from(NAMES),
    st.integers(1, 3 * BLOCK),
)


@settings(max_examples=200)
@given(
    policy=st.sampled_from(sorted(POLICIES)),
    admission=st.sampled_from([None, "second", "tinylfu"]),
    taken=st.lists(steps, max_size=60),
)
def test_what_the_index_holds_is_what_there_is(policy: str, admission: str | None, taken: list[Step]) -> None:
    owner = Owner(policy, admission)
    for step in taken:
        step.take(owner)
        owner.check()
