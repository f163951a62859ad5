"""What an admission rule is: it says whether what was missed may come in, before the policy hears of it.

A rule sees the stream of requests, and on a miss the policy as it stands. Like policies, rules know keys and
sizes, never bodies, and the same calls in the same order give the same answers in every process.
"""

from __future__ import annotations

from typing import Protocol

from caching.policies.protocol import K, Policy


class Admission(Protocol[K]):
    """A rule of admission over keys with sizes in bytes."""

    @property
    def counts_hits(self) -> bool:
        """Whether it wants to be told of hits. A rule that doesn't makes them no dearer."""

    def requested(self, key: K, size_bytes: int) -> None:
        """A key was asked for; of hits it is told only if it counts them."""

    def admits(self, key: K, size_bytes: int, policy: Policy[K]) -> bool:
        """Whether a key that was missed may come in. It has been told of the request, and the object fits."""
