"""SplitMix64 gives the published numbers, at any position."""

import numpy as np

from simulator.splitmix import bits_at, mixed, stream_seed, unit

# The first outputs of the reference implementation for seed 1234567; its n-th is ours at position n, from 1.
PUBLISHED = (6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431)


def test_the_stream_is_the_published_one() -> None:
    assert [int(bits_at(np.uint64(1234567), np.uint64(n))) for n in (1, 2, 3, 4)] == list(PUBLISHED)


def test_units_lie_from_zero_to_below_one() -> None:
    assert unit(np.uint64(0)) == 0.0
    assert 1 - 2**-52 < unit(np.uint64(2**64 - 1)) < 1.0


def test_mixing_loses_nothing() -> None:
    assert len({int(mixed(np.uint64(n))) for n in range(10_000)}) == 10_000


def test_seeds_and_purposes_have_streams_of_their_own() -> None:
    seeds = {int(stream_seed(seed, purpose)) for seed in (-1, 0, 1, 2**63, 2**64 - 2) for purpose in range(4)}
    assert len(seeds) == 20
    assert stream_seed(-1, 0) == stream_seed(2**64 - 1, 0)
