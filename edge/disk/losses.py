"""What an error of the system means for a body on disk."""

from __future__ import annotations

import errno
from typing import Final

from caching.reasons import Lost

_NO_SPACE: Final = frozenset((errno.ENOSPC, errno.EDQUOT))
_MISSING: Final = frozenset((errno.ENOENT, errno.ENOTDIR))
SCARCE: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM))
"""Errors that say nothing of the file: with fewer files open or mapped it would have gone well."""


class LostError(Exception):
    """A file that can't be an answer; ``why`` says why."""

    def __init__(self, why: Lost) -> None:
        super().__init__(why.value)
        self.why = why


def why_unread(error: OSError) -> Lost:
    return Lost.MISSING if error.errno in _MISSING else Lost.UNREADABLE


def why_unwritten(error: OSError) -> Lost:
    if error.errno in _NO_SPACE:
        return Lost.NO_SPACE
    return Lost.MISSING if error.errno in _MISSING else Lost.UNWRITABLE
