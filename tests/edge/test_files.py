"""How many connections a process can have, by how many files it may have open."""

import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edge.files import affordable, allowed


@contextmanager
def limits(monkeypatch: pytest.MonkeyPatch, soft: int, hard: int) -> Iterator[list[tuple[int, int]]]:
    """The system's limits as they would be; the real ones could not be raised again."""
    now = [(soft, hard)]
    with monkeypatch.context() as patch:
        patch.setattr(resource, "getrlimit", lambda _: now[-1])
        patch.setattr(resource, "setrlimit", lambda _, both: now.append(both))
        yield now


def test_the_system_is_asked_for_what_is_wanted_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with limits(monkeypatch, 1_024, 500_000) as now:
        assert affordable(10_000, 1_000) == 10_000
        assert now[-1] == (11_512, 500_000)
    with limits(monkeypatch, 1_024, resource.RLIM_INFINITY) as now:
        assert affordable(10_000, 1_000) == 10_000 and now[-1] == (11_512, resource.RLIM_INFINITY)
    with limits(monkeypatch, resource.RLIM_INFINITY, resource.RLIM_INFINITY) as now:
        assert affordable(10_000, 1_000) == 10_000 and len(now) == 1


@pytest.mark.parametrize(("hard", "most"), [(4_096, 2_584), (1_024, 512)])
def test_what_the_system_does_not_grant_is_said(
    hard: int, most: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with limits(monkeypatch, 1_024, hard), caplog.at_level(logging.WARNING):
        assert affordable(16_384, 1_000) == most
    (line,) = caplog.messages
    assert f"this process may have {hard} (ulimit -n): {most} are let in" in line


def test_any_number_is_as_many_as_there_may_be(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with limits(monkeypatch, 1_024, 20_000):
        assert affordable(0, 1_000) == 18_488
    assert not caplog.messages


def test_a_system_that_grants_less_than_it_says_is_believed_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int, both: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert allowed(10_000) == 256
