"""The stable 64-bit digest under every ring, sketch and shard.

Python's own ``hash(str)`` is salted per process, so it must decide nothing that two processes have to
agree on. This one is MurmurHash3 (x64, 128 bit, first half), the same on every platform and in every process.

**Stability promise**: for a given key and seed the value never changes. Edges of different releases share
one ring, and reports name digests; a change would be a new function beside this one. Golden vectors in the
tests hold the promise.
"""

from mmh3 import mmh3_x64_128_utupledigest

DEFAULT_SEED = 0x48574452  # "HWDR"


def digest64(key: str | bytes, seed: int = DEFAULT_SEED) -> int:
    """The unsigned 64-bit digest of ``key`` (text counts as its UTF-8 bytes) under a 32-bit ``seed``.

    Different seeds give independent digests of one key. Never raises on text: lone surrogates, which
    undecodable bytes of a URL turn into, are encoded as they stand. Not safe against a chooser of keys who
    wants collisions.

    Source: A. Appleby, MurmurHash3 (2011), the x64 128-bit variant.
    """
    # Encoded here, because mmh3.hash64 (5.3), which would take text, crashes the process on a lone surrogate.
    data = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    return mmh3_x64_128_utupledigest(data, seed)[0]
