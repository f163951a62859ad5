"""Both ends of TLS: certificates of the tests' own, and clients that trust them."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from edge.settings import TlsSettings
from tests.edge.raw import address_of

FOLDER = Path(__file__).parent / "certificates"
ONE, ONE_KEY = FOLDER / "one.pem", FOLDER / "one.key"
TWO, TWO_KEY = FOLDER / "two.pem", FOLDER / "two.key"


def listening(**settings: object) -> TlsSettings:
    """A listener on a port of the system's choice, with the first certificate."""
    return TlsSettings(listen_port=0, **{"certificate": ONE, "key": ONE_KEY, **settings})  # type: ignore[arg-type]


def trusting(*certificates: Path) -> ssl.SSLContext:
    """A client's context, which trusts no others than these."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for certificate in certificates or (ONE,):
        context.load_verify_locations(certificate)
    return context


async def connect(
    url: str | None, context: ssl.SSLContext | None = None, limit: int = 2**16
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection whose handshake is done."""
    assert url is not None
    host, port = address_of(url)
    return await asyncio.open_connection(host, port, ssl=context or trusting(), limit=limit)
