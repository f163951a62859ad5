"""How many files, and so connections, this process may have open."""

from __future__ import annotations

import logging
import resource
from contextlib import suppress
from typing import Final

_log = logging.getLogger(__name__)

# Listening sockets, logs, what lies on disk, and connections to other peers than one.
_SPARE: Final = 512
_ENDLESS: Final = 2**31


def affordable(connections: int, upstream_connections: int) -> int:
    """How many of the connections that clients are to have they can have; 0 asks for as many as there can be.

    The system is asked to let this process have the files that they take. What it does not grant is said in a
    line of the log.
    """
    besides = upstream_connections + _SPARE
    files = allowed(connections + besides if connections else _ENDLESS)
    most = max(files - besides, files // 2)
    if not connections or connections <= most:
        return connections or most
    _log.warning(
        "connections: %d would take %d open files, and this process may have %d (ulimit -n): %d are let in",
        connections,
        connections + besides,
        files,
        most,
    )
    return most


def allowed(wanted: int) -> int:
    """How many files this process may have open, after asking for as many as are wanted."""
    soft, hard = map(_number, resource.getrlimit(resource.RLIMIT_NOFILE))
    if soft < min(wanted, hard):
        # Some systems have a limit of their own besides.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), _raw(hard)))
    return _number(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _number(limit: int) -> int:
    return _ENDLESS if limit == resource.RLIM_INFINITY else limit


def _raw(limit: int) -> int:
    return resource.RLIM_INFINITY if limit == _ENDLESS else limit
