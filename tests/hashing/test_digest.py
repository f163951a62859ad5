import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing import DEFAULT_SEED, digest64

GOLDEN = {
    "": 0x78BE0DE6FF4F8A7D,
    "a": 0x57903E5D6BBF914F,
    "/vod/clip/master.m3u8": 0x866D741A4C5E4BCA,
    "ключ": 0xEE895508C1D0F315,
    "\udcff": 0x6BBAC19931ABF6E8,
}


@pytest.mark.parametrize(("key", "digest"), GOLDEN.items(), ids=ascii)
def test_golden_vectors(key: str, digest: int) -> None:
    assert digest64(key) == digest


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        # published outputs of the reference implementation with seed 0
        ("hello", 0xCBD8A7B341BD9B02),
        ("The quick brown fox jumps over the lazy dog", 0xE34BBC7BBC071B6C),
    ],
)
def test_it_is_murmurhash3_x64(key: str, digest: int) -> None:
    assert digest64(key, seed=0) == digest


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_a_fresh_process_gives_the_same_digests(hash_seed: str) -> None:
    program = f"from hashing import digest64\nprint([digest64(key) for key in {list(GOLDEN)!r}])"
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    output = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    assert output.strip() == str(list(GOLDEN.values()))


@given(st.text())
def test_text_counts_as_its_utf8_bytes(key: str) -> None:
    assert digest64(key) == digest64(key.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=64), st.integers(0, 2**32 - 1))
def test_digests_are_unsigned_64_bit(key: bytes, seed: int) -> None:
    assert 0 <= digest64(key, seed) < 2**64


def test_seeds_are_independent() -> None:
    agreeing_bits = sum(
        64 - (digest64(f"key {i}", DEFAULT_SEED) ^ digest64(f"key {i}", 7)).bit_count() for i in range(1_000)
    )
    assert 0.49 < agreeing_bits / 64_000 < 0.51


def test_importing_the_room_loads_mmh3_and_nothing_heavy() -> None:
    program = "import sys, hashing\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = set(
        subprocess.check_output([sys.executable, "-S", "-c", program], env=_path(), text=True).split()
    )
    assert loaded - sys.stdlib_module_names == {"hashing", "mmh3", "__main__"} - sys.stdlib_module_names
    assert not loaded & {"asyncio", "dataclasses", "inspect", "logging", "socket", "typing"}


def _path() -> dict[str, str]:
    """An environment for ``python -S`` (no site, so that nobody's .pth files import things)."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
