"""Short traces in letters, for the tables of policies: who leaves when these keys are asked for in turn?"""

from __future__ import annotations

from caching.policies import Policy


def requested(policy: Policy[str], keys: str, size_bytes: int = 1) -> str:
    """Who leaves, in order, when the keys are asked for one after the other, each of this size."""
    left: list[str] = []
    for key in keys:
        if key in policy:
            policy.hit(key)
        else:
            left += policy.admit(key, size_bytes)
    return "".join(left)


def drained(policy: Policy[str]) -> str:
    """The order in which all that is held would go if nothing more came; nothing is held thereafter."""
    order = ""
    while (victim := policy.victim()) is not None:
        policy.remove(victim)
        order += victim
    return order
