"""Synthetic traces say what their descriptions promise, the same for every length of piece."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from simulator.synthetic import Churn, Kind, Scans, Sessions, Sizes, Zipf, drawn

KINDS: list[Kind] = [
    Zipf(1000),
    Zipf(1000, alpha=0.8, shift=10.0),
    Churn(Zipf(300), lifetime=700),
    Scans(Zipf(300), between=90, length=20, scanned=55),
    Sessions(Zipf(50), segments=30, viewers=17, leaves=0.05),
]


def ids_of(kind: Kind, requests: int, seed: int = 1, piece: int = 1000) -> npt.NDArray[np.uint32]:
    return np.concatenate([part.copy() for part in kind.ids(requests, seed, piece)])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_the_stream_depends_on_the_seed_and_not_on_the_piece(kind: Kind) -> None:
    whole = ids_of(kind, 5000, piece=5000)
    for piece in (1, 7, 4096):
        assert np.array_equal(ids_of(kind, 5000, piece=piece), whole)
    assert not np.array_equal(ids_of(kind, 5000, seed=2), whole)
    assert len(whole) == 5000
    assert whole.max() < kind.universe(5000)


def test_churn_replaces_every_rank_once_in_a_lifetime() -> None:
    ids = ids_of(Churn(Zipf(100, alpha=1.0), lifetime=2000), 10_000)
    ranks, reigns = ids % 100, ids // 100
    assert np.array_equal(ranks, ids_of(Zipf(100), 10_000))
    moments = {}
    for rank in range(10):
        times = np.flatnonzero(ranks == rank)
        reign = reigns[times]
        assert np.all(np.diff(reign.astype(int)) >= 0)
        assert set(reign) <= set(range(int(reign[0]), 7))
        assert len(set(reign)) in {5, 6}
        moments[rank] = int(times[np.argmax(np.diff(reign.astype(int)) > 0)]) % 2000
    assert len(set(moments.values())) == 10, "each at a moment of its own"


def test_scans_come_between_and_go_round() -> None:
    ids = ids_of(Scans(Zipf(300), between=90, length=20, scanned=55), 2200)
    place = np.arange(2200) % 110
    scans = ids[place >= 90]
    assert np.array_equal(scans, 300 + np.arange(400) % 55)
    assert np.array_equal(ids[place < 90], ids_of(Zipf(300), 2200)[place < 90])


def test_viewers_watch_segment_after_segment_until_they_leave() -> None:
    kind = Sessions(Zipf(50), segments=30, viewers=17, leaves=0.05)
    ids = ids_of(kind, 17 * 4000)
    for viewer in range(17):
        mine = ids[viewer::17].astype(int)
        goes_on = np.diff(mine) == 1
        begins = mine[1:] % 30 == 0
        assert np.all(goes_on | begins)
    turns = ids.astype(int).reshape(-1, 17)
    stays = (turns[:-1] % 30 != 29) & (turns[1:] == turns[:-1] + 1)
    share = stays.sum() / (turns[:-1] % 30 != 29).sum()
    assert share == pytest.approx(0.95, abs=0.005)
    assert len(set(turns[0] % 30)) > 8, "the first turn finds them in the middle"


def test_all_leave_at_once_or_only_at_the_end() -> None:
    browsing = ids_of(Sessions(Zipf(50), segments=30, viewers=5, leaves=1.0), 500)
    assert np.all(browsing[5:] % 30 == 0)
    faithful = ids_of(Sessions(Zipf(50), segments=30, viewers=1, leaves=0.0), 500)
    ends = np.flatnonzero(faithful % 30 == 29)
    assert np.all(np.diff(ends) == 30)


def test_an_object_has_one_size_between_the_bounds() -> None:
    sizes = Sizes(100, 10_000)
    known: dict[int, int] = {}
    everything = []
    for piece in drawn(Zipf(2000, alpha=0.5), sizes, 20_000, seed=3, piece=777):
        for key, size in zip(piece.ids.tolist(), piece.sizes.tolist(), strict=True):
            assert known.setdefault(key, size) == size
        everything.append(piece.sizes)
    all_sizes = np.array(list(known.values()))
    assert 100 <= all_sizes.min() < 110
    assert 9_000 < all_sizes.max() <= 10_000
    assert np.median(all_sizes) == pytest.approx(1000, rel=0.15), "log-uniform"
    assert sum(map(len, everything)) == 20_000


def test_equal_bounds_are_one_size() -> None:
    (piece,) = drawn(Zipf(10), Sizes(7, 7), 100)
    assert set(piece.sizes.tolist()) == {7}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Sizes(0, 5), "smallest <= largest"),
        (lambda: Sizes(6, 5), "smallest <= largest"),
        (lambda: Zipf(0), "objects"),
        (lambda: Churn(Zipf(5), lifetime=0), "lifetime"),
        (lambda: Churn(Zipf(2**31), lifetime=1).ids(10, 1, 10).__next__(), "fewer than"),
        (lambda: Scans(Zipf(5), between=0, length=1, scanned=1), "between"),
        (lambda: Sessions(Zipf(5), segments=0), "segments"),
        (lambda: Sessions(Zipf(5), leaves=1.5), "leaves"),
        (lambda: Sessions(Zipf(2**30), segments=100), "fewer than"),
        (lambda: next(Zipf(5).ids(5, 1, 0)), "pieces of at least 1"),
    ],
)
def test_what_is_out_of_range_is_named(wrong: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wrong()
