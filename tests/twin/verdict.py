"""What a twin test says in the end: one line of what the trace covered, and where legs differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from caching import Scope
from tests.twin.seen import Fact, Seen
from tests.twin.trace import Crowd, Publish, Step, Turn, asked

Cover = tuple[str, str]
"""An outcome with its reason."""


class Run(NamedTuple):
    """What the legs made of one trace."""

    steps: Sequence[Step]
    bare: Sequence[Seen]
    simulated: Sequence[Seen]
    live: Sequence[Seen]

    @property
    def facts(self) -> list[Fact]:
        """Every exchange, refreshes included."""
        return [fact for item in self.bare for fact in item.facts]

    @property
    def covered(self) -> Counter[Cover]:
        return Counter((fact.outcome, fact.reason) for fact in self.facts)

    @property
    def purges(self) -> Counter[tuple[Scope, bool]]:
        """Purges by scope, and whether they were soft."""
        purges = (step.purge for step in self.steps if isinstance(step, Publish))
        return Counter((purge.scope, purge.soft) for purge in purges)

    def line(self, name: str) -> str:
        """What the trace covered."""
        facts = self.facts
        by_outcome = ", ".join(f"{' '.join(cover)} {count}" for cover, count in self.covered.most_common())
        evicted = sum(len(fact.evicted) for fact in facts)
        blocks = sum(fact.span is not None for fact in facts)
        refreshes = len(facts) - len(self.bare) - blocks
        not_modified = sum(fact.forwarded_status == 304 for fact in facts)
        crowds = sum(isinstance(step, Crowd) for step in self.steps)
        turns = sum(isinstance(step, Turn) for step in self.steps) // 2
        return (
            f"twin, {name}: {len(self.bare)} requests in 3 legs, {len(facts)} exchanges"
            f" ({refreshes} refreshes, {blocks} blocks), evicted {evicted},"
            f" 304s from upstream {not_modified}, purges {self.purges.total()}, outages {turns},"
            f" crowds {crowds}; {by_outcome}"
        )

    def difference(self) -> str:
        """The first request of which legs differ, or an empty text."""
        requests = asked(self.steps)
        if not len(requests) == len(self.bare) == len(self.simulated) == len(self.live):
            return f"requests: {len(requests)}, {len(self.bare)}, {len(self.simulated)}, {len(self.live)}"
        for number, legs in enumerate(zip(self.bare, self.simulated, self.live, strict=True)):
            if len(set(legs)) > 1:
                bare, simulated, live = legs
                request = requests[number]
                told = f"{request.method} {request.target} {request.headers!r}"
                return f"request {number}, {told}:\n{bare}\n{simulated}\n{live}"
        return ""

    def rare(self, wanted: Mapping[Cover, int]) -> dict[Cover, int]:
        """What occurred less often than it was to, with how often it did."""
        return {cover: self.covered[cover] for cover, least in wanted.items() if self.covered[cover] < least}
