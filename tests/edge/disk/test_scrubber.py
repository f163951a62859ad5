from collections.abc import Iterator
from pathlib import Path

import pytest

from caching.reasons import Lost
from edge.disk.counters import DiskCounters
from edge.disk.folder import Folder
from edge.disk.metadata import Mark, encode_entry
from edge.disk.scrubber import Scrubber, pause_s
from tests.edge.disk.samples import body_of, entry_of, file_of, softly

SIZES = {1: 0, 2: 1, 3: 5_000, 4: 1024 * 1024, 5: 3_000_000}
FAST = 10**12


class Scrubbed:
    """A folder with bodies, and a scrubber that is sent through it by hand."""

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)
        self.folder.lock()
        for serial, size_bytes in SIZES.items():
            entry = entry_of(serial, size_bytes)
            self.folder.files.write(serial, encode_entry(entry), body_of(serial, size_bytes), Mark())
        self.counters = DiskCounters()
        self.bad: list[tuple[int, Lost]] = []
        self.scrubber = Scrubber(
            self.folder, FAST, self.counters, lambda serial, why: self.bad.append((serial, why))
        )

    def flip(self, serial: int, place: int) -> None:
        path = file_of(self.folder.path, serial)
        data = bytearray(path.read_bytes())
        data[place] ^= 1
        path.write_bytes(data)


@pytest.fixture
def scrubbed(tmp_path: Path) -> Iterator[Scrubbed]:
    scrubbed = Scrubbed(tmp_path)
    yield scrubbed
    scrubbed.folder.unlock()


def test_every_file_is_read_to_its_end(scrubbed: Scrubbed) -> None:
    metadata = encode_entry(softly(entry_of(3, 5_000)))
    scrubbed.folder.files.refresh(3, metadata, Mark())
    scrubbed.scrubber.go_through()
    counters = scrubbed.counters
    assert scrubbed.bad == []
    assert (counters.scrubbed_files, counters.scrub_passes) == (5, 1)
    assert counters.scrubbed_bytes >= sum(SIZES.values())


@pytest.mark.parametrize(
    ("serial", "place"), [(2, -1), (3, 0), (3, -1), (4, 500_000), (5, -1), (5, 2_000_000)]
)
def test_what_has_gone_bad_is_found(scrubbed: Scrubbed, serial: int, place: int) -> None:
    scrubbed.flip(serial, place)
    scrubbed.scrubber.go_through()
    assert scrubbed.bad == [(serial, Lost.CORRUPT)]


def test_what_was_cut_off_or_cannot_be_read_is_found(scrubbed: Scrubbed) -> None:
    path = file_of(scrubbed.folder.path, 5)
    path.write_bytes(path.read_bytes()[:-1])
    path = file_of(scrubbed.folder.path, 4)
    path.unlink()
    path.mkdir()
    scrubbed.scrubber.go_through()
    assert scrubbed.bad == [(4, Lost.UNREADABLE), (5, Lost.TRUNCATED)]


def test_what_was_dropped_meanwhile_is_no_loss(scrubbed: Scrubbed, monkeypatch: pytest.MonkeyPatch) -> None:
    file_of(scrubbed.folder.path, 5).unlink()
    monkeypatch.setattr(scrubbed.folder, "serials_in", lambda number: [number] if number in SIZES else [])
    scrubbed.scrubber.go_through()
    assert scrubbed.bad == [] and scrubbed.counters.scrub_passes == 1


def test_it_ends_when_it_is_told_to(scrubbed: Scrubbed) -> None:
    scrubbed.scrubber.start()
    scrubbed.scrubber.stop()
    passes = scrubbed.counters.scrub_passes
    scrubbed.scrubber.go_through()
    assert scrubbed.counters.scrub_passes == passes


def test_without_a_pace_it_never_begins(scrubbed: Scrubbed) -> None:
    idle = Scrubber(scrubbed.folder, 0, scrubbed.counters, lambda serial, why: None)
    idle.start()
    idle.stop()
    assert scrubbed.counters.scrubbed_files == 0


def test_the_pace_is_that_of_the_setting() -> None:
    assert pause_s(1024 * 1024, 8 * 1024 * 1024) == 0.125
