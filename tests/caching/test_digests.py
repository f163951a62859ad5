import hashlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.digests import announced_digest
from tests.caching.samples import head


def said(algorithm: str, content: bytes) -> str:
    digest = hashlib.new(algorithm.replace("-", ""), content).digest()
    return f"{algorithm}=:{b64encode(digest).decode()}:"


@given(st.lists(st.binary(max_size=20)), st.sampled_from(["sha-256", "sha-512"]))
def test_a_body_agrees_however_it_is_cut(pieces: list[bytes], algorithm: str) -> None:
    digest = announced_digest(head(200, repr_digest=said(algorithm, b"".join(pieces))))
    assert digest is not None and digest.name == algorithm
    for piece in pieces:
        digest.update(piece)
    assert digest.agrees
    digest.update(b"x")
    assert not digest.agrees and repr(digest) == f"BodyDigest({algorithm}, does not agree)"


def test_the_stronger_of_two_counts() -> None:
    both = f"{said('sha-256', b'other')}, {said('sha-512', b'this')}"
    digest = announced_digest(head(200, repr_digest=both))
    assert digest is not None
    digest.update(b"this")
    assert digest.agrees


@pytest.mark.parametrize(
    "value",
    [
        "",
        "sha-256=abc",
        'sha-256="abc"',
        "sha-256=(:YQ==:)",
        "sha-256=:YQ==",
        "md5=:YQ==:",
        "SHA-256=:YQ==:",
        f"{said('sha-256', b'a')},",
    ],
)
def test_what_cannot_be_understood_announces_nothing(value: str) -> None:
    assert announced_digest(head(200, repr_digest=value)) is None


def test_a_part_is_not_what_the_digest_is_of() -> None:
    assert announced_digest(head(206, repr_digest=said("sha-256", b"a"))) is None
    assert announced_digest(head(200)) is None


def test_a_digest_of_another_length_never_agrees() -> None:
    digest = announced_digest(head(200, repr_digest="sha-256=:YQ==:"))
    assert digest is not None and not digest.agrees
