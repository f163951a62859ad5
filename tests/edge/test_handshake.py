"""Handshakes that come to nothing: counted by why, within their time, and without a noise."""

import asyncio
import socket
import ssl

import pytest

from edge.handshake import TlsFailure, failure_of
from tests.edge.raw import address_of
from tests.edge.scripted import origin_and_edge
from tests.edge.secure import TWO, listening, trusting
from tests.edge.tier import until


def error(reason: str | None) -> ssl.SSLError:
    made = ssl.SSLError(1, "what OpenSSL says")
    made.reason = reason  # type: ignore[assignment]
    return made


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("HTTP_REQUEST", TlsFailure.NOT_TLS),
        ("TLSV1_ALERT_UNKNOWN_CA", TlsFailure.REFUSED),
        ("NO_SHARED_CIPHER", TlsFailure.NO_CIPHER),
        ("UNSUPPORTED_PROTOCOL", TlsFailure.VERSION),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", TlsFailure.BROKEN),
        (None, TlsFailure.BROKEN),
    ],
)
def test_reasons_are_told_in_our_words(reason: str | None, why: TlsFailure) -> None:
    assert failure_of(error(reason)) is why


def old() -> ssl.SSLContext:
    context = trusting()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def without_our_ciphers() -> ssl.SSLContext:
    context = trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")
    return context


def shake_hands(url: str, context: ssl.SSLContext) -> None:
    """As most clients do: they say so when they don't like what they see."""
    with (
        socket.create_connection(address_of(url)) as connection,
        context.wrap_socket(connection, server_hostname="localhost"),
    ):
        pass


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the versions that are too old for us, too
@pytest.mark.parametrize(
    ("context", "why"),
    [
        (lambda: trusting(TWO), "client-refused"),
        (old, "version"),
        (without_our_ciphers, "no-shared-cipher"),
    ],
)
async def test_clients_that_cannot_agree_are_counted_by_why(context, why: str, caplog, capfd) -> None:  # type: ignore[no-untyped-def]
    async with origin_and_edge(tls=listening()) as (_, node):
        with pytest.raises(ssl.SSLError):
            await asyncio.to_thread(shake_hands, node.tls_url, context())
        await until(lambda: bool(node.counters.tls_failures))
        assert node.counters.tls_failures == {why: 1}
    assert not caplog.records and "Traceback" not in "".join(capfd.readouterr())


async def test_what_is_no_tls_is_counted_and_leaves_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async with origin_and_edge(tls=listening()) as (_, node):
        assert node.tls_url is not None
        for said in (b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100, b""):
            reader, writer = await asyncio.open_connection(*address_of(node.tls_url))
            writer.write(said)
            if not said:
                writer.close()
            assert not (await reader.read()).startswith(b"HTTP")
            writer.close()
        await until(lambda: node.counters.tls_failures.total() == 3)
        assert node.counters.tls_failures == {"not-tls": 2, "client-left": 1}
    assert not caplog.records


async def test_a_handshake_has_its_time() -> None:
    async with origin_and_edge(tls=listening(handshake_timeout_ms=50)) as (_, node):
        assert node.tls_url is not None
        reader, writer = await asyncio.open_connection(*address_of(node.tls_url))
        writer.write(b"\x16\x03\x01")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        assert node.counters.tls_failures == {"handshake-timeout": 1}
        writer.close()


async def test_who_has_not_done_its_handshake_holds_nobody_up_that_goes() -> None:
    async with origin_and_edge(tls=listening(), linger_ms=1, drain_ms=1) as (_, node):
        assert node.tls_url is not None
        reader, writer = await asyncio.open_connection(*address_of(node.tls_url))
        async with asyncio.timeout(5):
            await node.stop()
            with pytest.raises(ConnectionResetError):
                assert await reader.read() == b""
                raise ConnectionResetError
        writer.close()
