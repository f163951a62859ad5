"""Bodies in pages of the kernel's."""

import os
import resource

import pytest

from edge.pages import LEAST_BYTES, pages_of

BODY = os.urandom(LEAST_BYTES + 1)


def test_pages_show_and_name_what_was_laid_there() -> None:
    pages = pages_of(BODY)
    assert pages is not None and pages.view == BODY and pages.view.readonly
    assert os.pread(pages.fileno, 100, 50) == BODY[50:150]
    number = pages.fileno
    del pages
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_what_is_short_is_not_worth_it() -> None:
    assert pages_of(BODY[: LEAST_BYTES - 1]) is None


def test_connections_keep_their_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        kept = [pages_of(BODY) for _ in range(100)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert 0 < sum(pages is not None for pages in kept) <= 64
