"""A small file in which a subscriber keeps the last position it applied, for nodes with a state folder.

It changes by rename, so it is always whole. It isn't synced: after a power cut it may be older than the
truth, and then some records come once more, which harms nothing because applying one twice is applying it
once. A file that can't be understood counts as none: the subscriber then starts over, which is safe too.
`Subscriber` calls this.
"""

import logging
from pathlib import Path

from eventbus.events import EventError, decode, decoder_for, encode
from eventbus.protocol import Applied

_log = logging.getLogger(__name__)
_applied = decoder_for(Applied)


class PositionFile:
    """The file `path`; its folder must exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fresh = path.with_name(path.name + ".new")

    def load(self) -> Applied | None:
        """What was saved last; None when nothing was, or nothing that can be trusted. Raises `OSError`."""
        try:
            applied: Applied = decode(self.path.read_bytes(), _applied)
        except FileNotFoundError:
            return None
        except EventError as error:
            _log.warning("%s holds no position (%s); starting over", self.path, error)
            return None
        return applied

    def save(self, applied: Applied) -> None:
        """Replace what was saved. Raises `OSError`."""
        self._fresh.write_bytes(encode(applied))
        self._fresh.replace(self.path)
