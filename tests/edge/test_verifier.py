from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from caching import Digest
from edge.verifier import Verifier


def passed(pieces: list[bytes], digest: Digest | None) -> tuple[bytes, bytes | None]:
    """What goes on before the end, and what goes on then."""
    verifier = Verifier(digest)
    before = b"".join([verifier.take(piece) for piece in pieces])
    return before, verifier.rest()


@given(st.lists(st.binary(min_size=1)))
def test_without_a_digest_everything_goes_on_at_once(pieces: list[bytes]) -> None:
    assert passed(pieces, None) == (b"".join(pieces), b"")


@given(st.lists(st.binary(min_size=1)))
def test_the_last_piece_waits_until_the_whole_is_right(pieces: list[bytes]) -> None:
    digest = Digest("sha-256", sha256(b"".join(pieces)).digest())
    assert passed(pieces, digest) == (b"".join(pieces[:-1]), b"".join(pieces[-1:]))


@given(st.lists(st.binary(min_size=1), min_size=1))
def test_nobody_has_all_of_a_body_that_is_wrong(pieces: list[bytes]) -> None:
    digest = Digest("sha-256", sha256(b"".join(pieces) + b"x").digest())
    assert passed(pieces, digest) == (b"".join(pieces[:-1]), None)
