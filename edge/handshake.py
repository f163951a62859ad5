"""Why a TLS connection came to nothing, in words that an operator can do something about."""

from __future__ import annotations

import asyncio
import ssl
from enum import Enum
from typing import Protocol


class TlsFailure(Enum):
    """Counted by these names."""

    TIMEOUT = "handshake-timeout"
    """The handshake was not done within its time."""
    LEFT = "client-left"
    """The client left before the handshake was done, as port scanners and health checks do."""
    NOT_TLS = "not-tls"
    """What came was something else: plain HTTP, most often."""
    VERSION = "version"
    """The client speaks no version of TLS that is spoken here."""
    NO_CIPHER = "no-shared-cipher"
    """The client has no cipher of those that are spoken here, or none for the kind of key."""
    REFUSED = "client-refused"
    """The client sent an alert: it does not trust the certificate, for one."""
    BROKEN = "broken"
    """What came was no right message or record; the connection ended there."""


class Owner(Protocol):
    """Whoever keeps the books of TLS connections."""

    def tls_began(self, connection: asyncio.Transport) -> None:
        """Someone has connected; the handshake is to come."""

    def tls_failed(self, connection: asyncio.Transport, why: TlsFailure) -> None:
        """It is no connection, or no more."""

    def tls_ended(self, connection: asyncio.Transport) -> None:
        """The last byte has left, or none will."""


_REASONS = {
    "HTTP_REQUEST": TlsFailure.NOT_TLS,
    "HTTPS_PROXY_REQUEST": TlsFailure.NOT_TLS,
    "WRONG_VERSION_NUMBER": TlsFailure.NOT_TLS,
    "UNSUPPORTED_PROTOCOL": TlsFailure.VERSION,
    "VERSION_TOO_LOW": TlsFailure.VERSION,
    "NO_SHARED_CIPHER": TlsFailure.NO_CIPHER,
    "NO_SUITABLE_SIGNATURE_ALGORITHM": TlsFailure.NO_CIPHER,
}


def failure_of(error: ssl.SSLError) -> TlsFailure:
    """What an error of OpenSSL comes to."""
    reason = error.reason or ""
    return TlsFailure.REFUSED if "_ALERT_" in reason else _REASONS.get(reason, TlsFailure.BROKEN)
