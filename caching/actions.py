"""What an Exchange asks of its driver. A driver obeys, and reports what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caching.entry import Entry
from caching.flights import Flight
from caching.headers import Headers
from caching.integrity import Digest
from caching.reasons import Reason
from caching.reply import Reply
from caching.wanted import Wanted

if TYPE_CHECKING:
    from caching.block import BlockExchange
    from caching.exchange import Exchange


class Serve(NamedTuple):
    """Send ``reply`` with the stored body of ``entry``, which may still be filling.

    When there is a ``refresh``, run that exchange in the background; it leads a flight already, so it
    must be run. A Gathering goes on with what follows when the reply has been sent.
    """

    entry: Entry
    reply: Reply
    refresh: Exchange | None = None


class Follow(NamedTuple):
    """Wait until ``flight`` is decided, then call ``on_flight``.

    When there is a ``lead``, run that exchange in the background: it leads this flight.
    """

    flight: Flight
    lead: BlockExchange | None = None


class Gather(NamedTuple):
    """Go on with a Gathering of what is ``wanted``, in this exchange's place."""

    wanted: Wanted


class Fetch(NamedTuple):
    """Ask upstream, then call ``Exchange.on_head`` or ``Exchange.on_failure``.

    ``headers`` are those to send, conditions included. ``origin_only`` forbids asking a peer.
    """

    method: str
    headers: Headers
    origin_only: bool


class Relay(NamedTuple):
    """Stream upstream's body to the client under ``reply``.

    With a ``fill``, write the body to the store under ``fill.serial`` first and let the client read it
    from there, then call ``Exchange.on_filled`` or ``Exchange.on_fill_failed``: the fill goes on when
    the client has left. As it grows ask ``Exchange.on_growth``: once that says no, let go of what all readers
    have had, and stop when there are none. Without a fill, pass the bytes straight through.

    With a ``digest``, hold the end of the body back from the store until all of it has been compared; if it
    is another, that is ``Exchange.on_fill_failed`` with NotStored.DIGEST_MISMATCH.
    """

    reply: Reply
    fill: Entry | None
    digest: Digest | None = None


class Refuse(NamedTuple):
    """Answer with an error of our own."""

    status: int
    reason: Reason


Action = Serve | Follow | Fetch | Relay | Refuse | Gather
