import errno

import pytest

from caching.reasons import Lost
from edge.disk.losses import why_unread, why_unwritten


@pytest.mark.parametrize(
    ("number", "unread", "unwritten"),
    [
        (errno.ENOSPC, Lost.UNREADABLE, Lost.NO_SPACE),
        (errno.EDQUOT, Lost.UNREADABLE, Lost.NO_SPACE),
        (errno.EIO, Lost.UNREADABLE, Lost.UNWRITABLE),
        (errno.EACCES, Lost.UNREADABLE, Lost.UNWRITABLE),
        (errno.EROFS, Lost.UNREADABLE, Lost.UNWRITABLE),
        (errno.EFBIG, Lost.UNREADABLE, Lost.UNWRITABLE),
        (errno.ENOENT, Lost.MISSING, Lost.MISSING),
        (errno.ENOTDIR, Lost.MISSING, Lost.MISSING),
    ],
)
def test_an_error_of_the_system_is_a_reason(number: int, unread: Lost, unwritten: Lost) -> None:
    assert why_unread(OSError(number, "")) is unread
    assert why_unwritten(OSError(number, "")) is unwritten
