"""What a tier did, added up from the metrics of its edges."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

# The label by which a family's samples are added up.
_TOLD_APART = ("who", "to", "cause")


class Tally(NamedTuple):
    """Sums over all edges since they began."""

    requests: int
    """From clients; what edges ask of each other is not counted."""
    errors: int
    """Of these, refused by an edge."""
    origin_requests: int
    origin_bytes: int
    """Body bytes that the edges received from the origin."""
    client_bytes: int
    """Body bytes that the edges sent to clients."""
    purged: int
    """Stored responses that purges took out."""
    outcomes: dict[str, int]
    """Client requests by outcome."""

    @property
    def hit_ratio(self) -> float:
        """The share of client requests for which the tier did not ask the origin.

        What one edge had from another counts as a hit of the tier; a validation counts as a miss.
        """
        asked = min(self.origin_requests, self.requests)
        return (self.requests - asked) / self.requests if self.requests else 0.0

    @property
    def offload(self) -> float:
        """The share of the bytes to clients that did not come from the origin."""
        return 1 - self.origin_bytes / self.client_bytes if self.client_bytes else 0.0


async def tally(edge_urls: Sequence[str]) -> Tally:
    """Scrape the edges that answer; one that is gone counts for nothing."""
    async with aiohttp.ClientSession() as session:
        texts = await asyncio.gather(*(_scrape(session, url) for url in edge_urls))
    return add_up(text for text in texts if text is not None)


async def _scrape(session: aiohttp.ClientSession, url: str) -> str | None:
    try:
        async with session.get(f"{url}/metrics") as response:
            return await response.text()
    except aiohttp.ClientError:
        return None


def add_up(texts: Iterable[str]) -> Tally:
    """The sums over expositions."""
    sums: Counter[tuple[str, str]] = Counter()
    outcomes: Counter[str] = Counter()
    for text in texts:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                who = next((sample.labels[name] for name in _TOLD_APART if name in sample.labels), "")
                sums[sample.name, who] += int(sample.value)
                if sample.name == "headwater_edge_requests_total" and who == "client":
                    outcomes[sample.labels["outcome"]] += int(sample.value)
    return Tally(
        requests=sums["headwater_edge_requests_total", "client"],
        errors=outcomes["refused"],
        origin_requests=sums["headwater_edge_upstream_requests_total", "origin"],
        origin_bytes=sums["headwater_edge_upstream_bytes_total", "origin"],
        client_bytes=sums["headwater_edge_sent_bytes_total", "client"],
        purged=sums["headwater_edge_dropped_total", "purged"],
        outcomes=dict(outcomes),
    )
