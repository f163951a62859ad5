"""Which bodies are in memory, which on disk, which in both: one policy to the index, which knows their union.

Memory keeps what its policy keeps, as without a disk. A body goes to disk too once the admission rule of the
disk lets it, which is asked when it was filled and at its hits in memory. What one tier lets go stays if the
other has it, and is a victim if not. A hit on what only the disk has does not bring it back into memory: the
page cache is memory.

A write takes its time. Until it has ended the body counts as on disk, and who owns the bodies holds it,
whatever memory does. What is to be done is noted as ``moves``, for the index to hand on when it is in step.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from caching.admission import Admission, Guarded, make_admission
from caching.entry import Entry
from caching.policies import Policy, make_hospitable_policy


class Move(Enum):
    """What is to be done about a stored body, or about what is written down of it."""

    WRITE = "write"
    """Write it to disk, too."""
    RELEASE = "release"
    """Memory lets it go: it is on disk, or will be when its write has ended."""
    ERASE = "erase"
    """The disk lets it go: it is in memory."""
    REFRESH = "refresh"
    """It stays on disk, and what is known of it has changed."""


OnMove = Callable[[Entry, Move], None]


class Disk(NamedTuple):
    """A disk below memory, as far as decisions go. ``on_move`` is told what is to be done."""

    policy: str
    """The eviction policy, by the name of its paper."""
    capacity_bytes: int
    admission: str
    """The rule by which a body comes to be written, by its name; ``all`` for every one."""
    max_writing_bytes: int
    """While so much waits to be written, no more is."""
    occupied_bytes: Callable[[int], int]
    """What a body of some length takes there."""
    on_move: OnMove


class Tiers:
    """Two policies as one, whose sizes, ``capacity_bytes`` and ``used_bytes`` are those of memory.

    ``occupied_bytes`` is what something of such a size takes on disk. While ``max_writing_bytes`` of that
    wait to be written nothing more is, for it could not be let go of meanwhile.
    """

    __slots__ = (
        "_count",
        "_door",
        "_occupied_bytes",
        "_on_change",
        "_unwritable",
        "_writing",
        "disk",
        "max_writing_bytes",
        "memory",
        "moves",
        "put_off",
        "victims",
        "writing_bytes",
    )

    def __init__(
        self,
        memory: Policy[str],
        disk: Policy[str],
        admission: Admission[str] | None,
        occupied_bytes: Callable[[int], int],
        max_writing_bytes: int,
    ) -> None:
        self.memory, self.disk = memory, disk
        self._occupied_bytes = occupied_bytes
        self.max_writing_bytes = max_writing_bytes
        self.writing_bytes = 0
        """What waits to be written, or is being."""
        self.put_off = 0
        """How often a body was not written because too much was waiting."""
        self.moves: list[tuple[str, Move]] = []
        """What is to be done, in order. Nothing about those who are no longer held."""
        self.victims: list[str] = []
        """Whom neither tier has any more, and no call has named."""
        self._door = disk if admission is None else Guarded(disk, admission)
        self._on_change: Callable[[], None] = lambda: None
        self._writing: dict[str, int] = {}
        self._unwritable: set[str] = set()
        """What could not be written and is in memory: it is not tried at every hit."""
        self._count = 0

    def listen(self, on_change: Callable[[], None]) -> None:
        """Have it called when a call that names no victims has made some, or moves."""
        self._on_change = on_change

    def hit(self, key: str) -> None:
        if key not in self.memory:
            self._door.hit(key)
            return
        self.memory.hit(key)
        if key in self.disk:
            self._door.hit(key)
        elif key not in self._unwritable:
            self._tell(self._offer(key, self.memory.size_of(key)))

    def admit(self, key: str, size_bytes: int) -> list[str]:
        was_held = key in self
        self._end_write(key)
        self._unwritable.discard(key)
        victims = self._leave_memory(self.memory.admit(key, size_bytes), key)
        victims += self._offer(key, size_bytes)
        if key not in self:
            victims.append(key)
        elif key not in self.memory:
            self.moves.append((key, Move.RELEASE))
        self._count += (not was_held) - len(victims)
        return victims

    def restore(self, key: str, size_bytes: int) -> list[str]:
        """Take in what was found on disk, whatever the rule says; the victims are named in order."""
        was_held = key in self
        pushed = self.disk.admit(key, self._occupied_bytes(size_bytes))
        self._count += (not was_held) - len(pushed)
        return pushed

    def wrote(self, key: str) -> None:
        """The write of a key has ended well."""
        self._end_write(key)

    def lost(self, key: str, make_room_bytes: int = 0) -> bool:
        """The body of a key is not on disk after all; whether memory has it.

        When it was for want of space, room is made for as much as was wanted, as if the capacity had been
        reached: the file system is smaller, or somebody else has filled it.
        """
        was_writing = key in self._writing
        self._end_write(key)
        self._off_disk(key)
        if key in self.memory:
            if was_writing:
                self._unwritable.add(key)
        else:
            self._count -= 1
        self._tell(self._make_room(make_room_bytes))
        return key in self.memory

    def remove(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._end_write(key)
        self._off_disk(key)
        if key in self.memory:
            self.memory.remove(key)
            self._unwritable.discard(key)
        self._count -= 1

    def resize(self, capacity_bytes: int) -> list[str]:
        victims = self._leave_memory(self.memory.resize(capacity_bytes), None)
        self._count -= len(victims)
        return victims

    def _offer(self, key: str, size_bytes: int) -> list[str]:
        """Ask the disk to have a new body of a key; those whom neither tier has any more."""
        charged_bytes = self._occupied_bytes(size_bytes)
        if self.writing_bytes + charged_bytes > self.max_writing_bytes and self._writing:
            self.put_off += 1
            self._off_disk(key)
            return []
        pushed = [victim for victim in self._door.admit(key, charged_bytes) if victim != key]
        victims = self._leave_disk(pushed)
        if key in self.disk:
            self._writing[key] = charged_bytes
            self.writing_bytes += charged_bytes
            self.moves.append((key, Move.WRITE))
        return victims

    def _leave_memory(self, left: list[str], admitted: str | None) -> list[str]:
        """Note who stays on disk of those that memory lets go; the others."""
        left = [victim for victim in left if victim != admitted]
        self._unwritable.difference_update(left)
        self.moves += [(victim, Move.RELEASE) for victim in left if victim in self.disk]
        return [victim for victim in left if victim not in self.disk]

    def _leave_disk(self, pushed: list[str]) -> list[str]:
        """Note who stays in memory of those that the disk lets go; the others."""
        for victim in pushed:
            self._end_write(victim)
        self.moves += [(victim, Move.ERASE) for victim in pushed if victim in self.memory]
        return [victim for victim in pushed if victim not in self.memory]

    def _make_room(self, size_bytes: int) -> list[str]:
        pushed, freed_bytes = [], 0
        while freed_bytes < size_bytes and (victim := self.disk.victim()) is not None:
            freed_bytes += self.disk.size_of(victim)
            self.disk.remove(victim)
            pushed.append(victim)
        return self._leave_disk(pushed)

    def _off_disk(self, key: str) -> None:
        if key in self.disk:
            self.disk.remove(key)

    def _end_write(self, key: str) -> None:
        self.writing_bytes -= self._writing.pop(key, 0)

    def _tell(self, victims: list[str]) -> None:
        self._count -= len(victims)
        self.victims += victims
        if self.victims or self.moves:
            self._on_change()

    @property
    def capacity_bytes(self) -> int:
        return self.memory.capacity_bytes

    @property
    def used_bytes(self) -> int:
        return self.memory.used_bytes

    def size_of(self, key: str) -> int:
        return (self.memory if key in self.memory else self.disk).size_of(key)

    def victim(self) -> str | None:
        """Who leaves memory next; the disk may keep it."""
        return self.memory.victim()

    def __contains__(self, key: object) -> bool:
        return key in self.memory or key in self.disk

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"Tiers({self.memory!r} above {self.disk!r})"


def put_above(disk: Disk, memory: Policy[Any], overhead_bytes: int) -> Tiers:
    """Memory above a disk, where each size has so much overhead in memory.

    Raises ValueError when the disk's policy or rule is none that there is.
    """
    rule = None if disk.admission == "all" else make_admission(disk.admission)
    below = make_hospitable_policy(disk.policy, disk.capacity_bytes)

    def occupied_bytes(size_bytes: int) -> int:
        return disk.occupied_bytes(size_bytes - overhead_bytes)

    return Tiers(memory, below, rule, occupied_bytes, disk.max_writing_bytes)
