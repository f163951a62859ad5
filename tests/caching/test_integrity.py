from base64 import b64encode
from hashlib import sha256, sha512

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import Digest, Failure, Refuse, Relay
from caching.integrity import expected_digest
from tests.caching.samples import T0_MS, head
from tests.caching.structures import TEXTS
from tests.caching.test_exchange import Stage

D256, D512 = sha256(b"content").digest(), sha512(b"content").digest()
S256, S512 = (f":{b64encode(value).decode()}:" for value in (D256, D512))


@pytest.mark.parametrize(
    ("status", "fields", "digest"),
    [
        (200, {}, None),
        (200, {"repr_digest": f"sha-256={S256}"}, Digest("sha-256", D256)),
        (200, {"repr_digest": f"sha-256={S256}, sha-512={S512}"}, Digest("sha-512", D512)),
        (200, {"content_digest": f"sha-256={S256}"}, Digest("sha-256", D256)),
        (
            200,
            {"repr_digest": f"sha-256={S256};x=1", "content_digest": "sha-256=:AA==:"},
            Digest("sha-256", D256),
        ),
        (200, {"repr_digest": "md5=:AA==:", "content_digest": f"sha-512={S512}"}, Digest("sha-512", D512)),
        # not understood
        (200, {"repr_digest": "md5=:AA==:"}, None),
        (200, {"repr_digest": "sha-256=:AA==:"}, None),
        (200, {"repr_digest": f"sha-256=({S256})"}, None),
        (200, {"repr_digest": "sha-256=abc"}, None),
        (200, {"repr_digest": f"sha-256={S256},"}, None),
        (200, {"digest": f"sha-256={S256}"}, None),
        # of other bytes than those that come
        (206, {"repr_digest": f"sha-256={S256}"}, None),
        (404, {"repr_digest": f"sha-256={S256}"}, None),
    ],
)
def test_what_a_body_is_checked_by(status: int, fields: dict[str, str], digest: Digest | None) -> None:
    assert expected_digest(head(status, **fields)) == digest


def test_a_digest_is_of_its_content_alone() -> None:
    assert Digest("sha-256", D256).is_of(b"content") and Digest("sha-512", D512).is_of(b"content")
    assert not Digest("sha-256", D256).is_of(b"content ") and not Digest("sha-512", D512).is_of(b"")


@given(st.one_of(st.text(), TEXTS))
def test_nothing_that_upstream_says_raises(text: str) -> None:
    expected_digest(head(repr_digest=text, content_digest=text))


def test_the_driver_is_told_what_to_expect() -> None:
    stage = Stage()
    answer = head(cache_control="max-age=9", content_length="7", repr_digest=f"sha-256={S256}")
    relay = stage.leader().on_head(answer, T0_MS)
    assert isinstance(relay, Relay) and relay.digest == Digest("sha-256", D256)


def test_an_empty_body_with_the_digest_of_another_is_no_answer() -> None:
    stage = Stage()
    answer = head(cache_control="max-age=9", content_length="0", repr_digest=f"sha-256={S256}")
    refused = stage.leader().on_head(answer, T0_MS)
    assert refused == Refuse(Failure.INVALID.status, Failure.INVALID.reason)
