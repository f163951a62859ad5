"""Clients that check every byte, also of an answer that broke off because its server was killed."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from typing import NamedTuple

import aiohttp

from tests.kill.content import Content, Item, Kind

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/\d+")


class Ask(NamedTuple):
    """A request: an object, or some of it from a byte to a byte."""

    item: Item
    first: int | None = None
    last: int = 0


class Answer(NamedTuple):
    ask: Ask
    status: int
    """0 when there was no answer."""
    wrong: str | None
    """What was wrong with it, if anything was."""
    hit: bool
    whole: bool

    @property
    def served(self) -> bool:
        """Whether it came whole, and right."""
        return self.status in (200, 206) and self.whole and self.wrong is None


class Clients:
    """A few clients of one edge. ``answers`` has what they got, in order."""

    def __init__(self, content: Content, url: str, dice: random.Random) -> None:
        self.answers: list[Answer] = []
        self.stopping = False
        """Whether the load should end: each client asks for nothing more."""
        self._content, self._url, self._dice = content, url, dice

    def draw(self) -> Ask:
        """What a client asks for next."""
        item = self._content.draw(self._dice)
        if item.kind is not Kind.SLICED or self._dice.random() < 0.2:
            return Ask(item)
        first = self._dice.randrange(item.size_bytes)
        return Ask(item, first, min(item.size_bytes - 1, first + self._dice.randrange(1, 200_000)))

    async def load(self, number: int) -> None:
        """So many clients at once, until they are told to stop."""
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(self._one(session) for _ in range(number)))

    async def _one(self, session: aiohttp.ClientSession) -> None:
        while not self.stopping:
            self.answers.append(await self.get(session, self.draw()))

    async def ask(self, asks: Sequence[Ask]) -> list[Answer]:
        """Requests one by one."""
        async with aiohttp.ClientSession() as session:
            return [await self.get(session, each) for each in asks]

    async def get(self, session: aiohttp.ClientSession, ask: Ask) -> Answer:
        fields = {} if ask.first is None else {"Range": f"bytes={ask.first}-{ask.last}"}
        try:
            async with session.get(self._url + ask.item.path, headers=fields) as response:
                return await self._checked(ask, response)
        except (aiohttp.ClientError, ConnectionError):
            return Answer(ask, 0, None, hit=False, whole=False)

    async def _checked(self, ask: Ask, response: aiohttp.ClientResponse) -> Answer:
        got, whole = bytearray(), True
        try:
            async for piece in response.content.iter_any():
                got += piece
        except (aiohttp.ClientError, ConnectionError):
            whole = False
        wrong = self._why_wrong(ask, response, bytes(got), whole=whole)
        hit = "; hit" in response.headers.get("Cache-Status", "")
        return Answer(ask, response.status, wrong, hit, whole)

    def _why_wrong(
        self, ask: Ask, response: aiohttp.ClientResponse, got: bytes, *, whole: bool
    ) -> str | None:
        """What is wrong with an answer: bytes that are not those of the version that it says, or too few."""
        if response.status not in (200, 206):
            return None if response.status in (502, 503, 504) else f"status {response.status}"
        version = int(response.headers["ETag"].strip('"'))
        newest = self._content.versions[ask.item.path]
        if not 1 <= version <= newest or (version != newest and ask.item.kind is not Kind.CHECKED):
            return f"version {version} of {newest}"
        expected = self._content.body(ask.item.path, version)
        if response.status == 206:
            found = _CONTENT_RANGE.fullmatch(response.headers["Content-Range"])
            if found is None or ask.first is None or (int(found[1]), int(found[2])) != (ask.first, ask.last):
                return f"range {response.headers['Content-Range']}"
            expected = expected[ask.first : ask.last + 1]
        if not whole:
            return None if expected.startswith(got) else "bytes, before it broke off"
        return None if got == expected else "bytes"
