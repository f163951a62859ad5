"""Whether a server answers rightly, and whether its answers come from where the case says."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

import aiohttp

from bench.edge.cases import Case
from bench.edge.load import Sample

_TRIES: Final = 50
_APART_S: Final = 0.02
_QUIET_S: Final = 0.1
_HEAD_BYTES: Final = 2048
_UNFILLED: Final = 0.99


class WrongError(Exception):
    """A server that answers wrongly, or from elsewhere than the case is about; the text is one line."""


class Checker:
    """Asks servers and the origin. Use as an async context manager."""

    def __init__(self, origin_url: str) -> None:
        self._origin_url = origin_url
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=20), auto_decompress=False, connector=aiohttp.TCPConnector()
        )
        # The certificate is one of the bench's own making.
        self._tls = ssl.create_default_context()
        self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE

    async def __aenter__(self) -> Checker:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def asked(self, name: str) -> int:
        """How many requests for objects called so, or so with a dash and more, have reached the origin.

        Raises WrongError.
        """
        url = f"{self._origin_url}/count/{name.partition('-')[0]}"
        try:
            async with self._session.get(url) as response:
                return int(await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise WrongError(f"the origin is gone: {type(error).__name__}: {error}") from error

    async def quiet(self, name: str) -> None:
        """Wait until nobody asks for such an object any more: a fill may outlive the load that it was for."""
        before = None
        while before != (before := await self.asked(name)):
            await asyncio.sleep(_QUIET_S)

    async def answers(self, base_url: str, case: Case, size_bytes: int, name: str) -> None:
        """Ask for an object as the load will; raises WrongError unless it is answered rightly.

        Unless the case is about fills, the object is stored afterwards, and served without the origin.
        """
        path = case.path(size_bytes, name)
        if case.ranged:  # a cache that lacks the object need not fetch all of it for a range
            await self._right(base_url + path, Case(case.title), size_bytes)
        for _ in range(_TRIES):
            before = await self.asked(name)
            await self._right(base_url + path, case, size_bytes)
            reached = await self.asked(name) - before
            if case.filling:
                if reached != 1:
                    raise WrongError(f"{path}: the origin was asked {reached} times for a new object")
                return
            if reached == 0:
                return
            await asyncio.sleep(_APART_S)  # it may be on its way to the store
        raise WrongError(f"{path}: is not stored")

    async def _right(self, url: str, case: Case, size_bytes: int) -> None:
        field = case.range_field(size_bytes)
        headers = {} if field is None else {"Range": field}
        try:
            async with self._session.get(url, headers=headers, ssl=self._tls) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise WrongError(f"{url}: {type(error).__name__}: {error}") from error
        expected = case.body(size_bytes)
        if response.status != case.status:
            raise WrongError(f"{url}: status {response.status}, not {case.status}")
        if body != expected:
            raise WrongError(f"{url}: {len(body)} bytes which are not the {len(expected)} of the origin")


def check_sample(case: Case, size_bytes: int, sample: Sample, reached: int, connections: int) -> None:
    """Raises WrongError for a load that was not what the case is about.

    ``reached`` is how many requests came to the origin meanwhile. For hits there must be none; for fills
    nearly all. Bytes must be those of right answers, but for one under way on each connection.
    """
    if sample.requests == 0:
        raise WrongError("no request was answered")
    if case.filling and reached < sample.requests * _UNFILLED:
        raise WrongError(f"only {reached} of {sample.requests} requests for new objects reached the origin")
    if not case.filling and reached:
        raise WrongError(f"{reached} of {sample.requests} requests reached the origin, which should be hits")
    length = len(case.body(size_bytes))
    least, most = sample.requests * length, (sample.requests + connections) * (length + _HEAD_BYTES)
    if not sample.errors and not least <= sample.bytes <= most:
        raise WrongError(f"{sample.bytes} bytes came for {sample.requests} answers of {length} bytes each")
