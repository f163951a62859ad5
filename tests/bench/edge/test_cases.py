import pytest

from bench.edge.cases import CASES, NOT_OFFERED, NOTES
from bench.edge.origin import ABSENT_BODY, noise
from bench.edge.servers import SERVERS


@pytest.mark.parametrize(
    ("name", "path", "range_field", "body"),
    [
        ("hit", "/object/1024/a", None, noise(1024)),
        ("miss", "/object/1024/a", None, noise(1024)),
        ("range", "/object/1024/a", "bytes=256-767", noise(1024)[256:768]),
        ("404-hit", "/absent/a", None, ABSENT_BODY),
    ],
)
def test_what_is_asked_and_what_is_right(name: str, path: str, range_field: str | None, body: bytes) -> None:
    case = CASES[name]
    assert case.path(1024, "a") == path
    assert case.range_field(1024) == range_field
    assert case.body(1024) == body


def test_half_of_one_byte_is_that_byte() -> None:
    case = CASES["range"]
    assert (case.range_field(1), case.body(1)) == ("bytes=0-0", noise(1))


def test_what_is_not_offered_names_a_server_and_a_case() -> None:
    assert {server for server, _ in NOT_OFFERED} <= set(SERVERS)
    assert {case for _, case in NOT_OFFERED} | set(NOTES) <= set(CASES)
