"""The certificate that a node shows, and its key: checked when they are loaded, and loaded anew on demand.

What cannot be used is refused with one line that names the file. A certificate that has expired is used all
the same, with a warning: clients that do not mind are better served than none.
"""

from __future__ import annotations

import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

from edge.clock import Clock

_log = logging.getLogger(__name__)

# Of TLS 1.2: with forward secrecy and authenticated encryption, no others. OpenSSL has its own list for 1.3.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_CERTIFICATE_BEGINS = "-----BEGIN CERTIFICATE-----"
_CERTIFICATE_ENDS = "-----END CERTIFICATE-----"
_KEY_BEGINS = "PRIVATE KEY-----"

# The last is for a key of another kind.
_NOT_A_PAIR = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")

# Tags of DER (X.690) that lie on the way to a certificate's dates (RFC 5280 section 4.1).
_VERSION, _UTC_TIME = 0xA0, 0x17
_BEFORE_VALIDITY = 3  # serial number, algorithm, issuer


class CertificateError(OSError):
    """A certificate or key that cannot be used; the text names the file, and what would be right."""


class Certificate:
    """Loads a chain and its key, both PEM, and again when it is told to. Raises CertificateError."""

    def __init__(self, chain: Path, key: Path, now_ms: Clock) -> None:
        self._chain, self._key = chain, key
        self._now_ms = now_ms
        self.context, self.expires_ms = self._load()

    def reload(self) -> bool:
        """Take the files as they are now, for new connections; whether they could be used.

        If not, the log says why, and what was loaded before stays.
        """
        try:
            self.context, self.expires_ms = self._load()
        except CertificateError as error:
            _log.error("the certificate stays as it was: %s", error)
            return False
        _log.info("the certificate was loaded anew, and is good until %s", _shown(self.expires_ms))
        return True

    def _load(self) -> tuple[ssl.SSLContext, int]:
        """A context for new connections, and when its certificate expires (ms since the epoch)."""
        begins_ms, expires_ms = _dates(self._chain, _text(self._chain, "certificate"))
        _check_key(self._key, _text(self._key, "key"))
        context = _context()
        try:
            context.load_cert_chain(self._chain, self._key)
        except ssl.SSLError as error:
            raise CertificateError(_explained(error, self._chain, self._key)) from None
        if not begins_ms <= self._now_ms():
            _log.warning("certificate %s is not valid before %s", self._chain, _shown(begins_ms))
        if not self._now_ms() <= expires_ms:
            _log.warning("certificate %s has expired: %s", self._chain, _shown(expires_ms))
        return context, expires_ms


def _context() -> ssl.SSLContext:
    """Which versions and ciphers are spoken (as Mozilla's intermediate recommendation has them)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_RENEGOTIATION
    # All of them are good, and the client knows what its processor has instructions for.
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    return context


def _text(file: Path, what: str) -> str:
    try:
        return file.read_text("ascii", errors="replace")
    except OSError as error:
        raise CertificateError(f"{what} {file}: cannot be read ({error.strerror})") from None


def _check_key(file: Path, text: str) -> None:
    if _KEY_BEGINS not in text:
        raise CertificateError(f"key {file}: must be PEM, with a line -----BEGIN PRIVATE KEY-----")
    if "ENCRYPTED" in text:  # OpenSSL would ask the terminal
        raise CertificateError(f"key {file}: is encrypted; a key without a passphrase is needed")


def _explained(error: ssl.SSLError, chain: Path, key: Path) -> str:
    if error.reason in _NOT_A_PAIR:
        return f"certificate {chain} and key {key} do not belong together"
    return f"certificate {chain} with key {key}: cannot be used ({error.reason or error})"


def _shown(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def _dates(file: Path, text: str) -> tuple[int, int]:
    """From when to when the first certificate is valid, in ms since the epoch."""
    _, begin, rest = text.partition(_CERTIFICATE_BEGINS)
    body, end, _ = rest.partition(_CERTIFICATE_ENDS)
    if not begin or not end:
        raise CertificateError(f"certificate {file}: must be PEM, with a line {_CERTIFICATE_BEGINS}")
    try:
        return _validity(ssl.PEM_cert_to_DER_cert(begin + body + end))
    except (ValueError, IndexError):
        raise CertificateError(f"certificate {file}: is damaged") from None


def _validity(der: bytes) -> tuple[int, int]:
    """The dates in a certificate (RFC 5280 section 4.1); raises ValueError or IndexError for what is none."""
    _, signed, _ = _element(der)
    _, fields, _ = _element(signed)
    tag, _, after = _element(fields)
    rest = after if tag == _VERSION else fields
    for _ in range(_BEFORE_VALIDITY):
        _, _, rest = _element(rest)
    _, dates, _ = _element(rest)
    tag, begins, rest = _element(dates)
    end_tag, expires, _ = _element(rest)
    return _time_ms(tag, begins), _time_ms(end_tag, expires)


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """The first element of DER: its tag, what is in it, and what comes after it (X.690 section 8.1)."""
    size, start = der[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(der[2:start], "big")
    if len(der) < start + size:
        raise ValueError("the element is longer than what there is")
    return der[0], der[start : start + size], der[start + size :]


def _time_ms(tag: int, text: bytes) -> int:
    """A UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5); years of two digits are from 1950 to 2049."""
    said = text.decode("ascii")
    if tag == _UTC_TIME:
        said = ("20" if said < "5" else "19") + said
    return int(datetime.strptime(said, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()) * 1000
