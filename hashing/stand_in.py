"""Who is asked for a key in a tier where nodes may ail: the owner, or the next healthy node of the walk.

All nodes agree on the same stand-in without a word, so that what upstream sees of a key is still one
request. Edges and the simulator's edges decide by this one function.
"""

from collections.abc import Callable

from hashing.ring import Ring


def node_to_ask(ring: Ring, key: str, asking: str, ails: Callable[[str], bool]) -> str | None:
    """The node that ``asking`` should ask for ``key``; None when that is itself, or nobody is left.

    ``ails`` tells of another node whether it is to be passed over for now.
    """
    for name in ring.walk(key):
        if name == asking:
            return None
        if not ails(name):
            return name
    return None
