"""Figures which manifests must state and which follow from the segments: bit rates and the target duration.

All are integers, rounded to the safe side: bit rates up, since players take them for bounds.
The packager calls this when it describes what it made; the HLS writer asks it for the target duration.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from manifests.asset import Rendition, Segment


def average_bps(segments: Iterable[Segment], timescale: int) -> int:
    """Average segment bit rate (RFC 8216 section 4.1): total bits over total duration, rounded up."""
    pairs = [(segment.size_bytes, segment.duration_ticks) for segment in segments]
    return _rate_bps(sum(size for size, _ in pairs), sum(ticks for _, ticks in pairs), timescale)


def peak_bps(segments: tuple[Segment, ...], timescale: int, target_s: int) -> int:
    """Peak segment bit rate: the largest of any run of 0.5 to 1.5 target durations (RFC 8216 section 4.1).

    When no run is that long (an asset of one short segment) the largest single segment counts.
    """
    shortest, longest = target_s * timescale / 2, target_s * timescale * 3 / 2
    rates = []
    for first in range(len(segments)):
        size_bytes = ticks = 0
        for segment in segments[first:]:
            size_bytes, ticks = size_bytes + segment.size_bytes, ticks + segment.duration_ticks
            if ticks > longest:
                break
            if ticks >= shortest:
                rates.append(_rate_bps(size_bytes, ticks, timescale))
    return max(rates or [_rate_bps(s.size_bytes, s.duration_ticks, timescale) for s in segments])


def target_duration_s(renditions: Iterable[Rendition]) -> int:
    """EXT-X-TARGETDURATION: no segment's rounded duration exceeds it (RFC 8216 section 4.3.3.1).

    All media playlists of one asset share it (section 6.2.4).
    """
    rounded = (rounded_s(segment.duration_ticks, r.timescale) for r in renditions for segment in r.segments)
    return max(1, *rounded)


def rounded_s(ticks: int, timescale: int) -> int:
    """Whole seconds. RFC 8216 says 'nearest integer'; a half goes up, to the safe side."""
    return (2 * ticks + timescale) // (2 * timescale)


def _rate_bps(size_bytes: int, ticks: int, timescale: int) -> int:
    return -(-size_bytes * 8 * timescale // ticks)


def decimal(numerator: int, denominator: int, digits: int) -> str:
    """The fraction with so many digits after the point, halves rounded up, without a float on the way."""
    scale = 10**digits
    whole, rest = divmod((2 * numerator * scale + denominator) // (2 * denominator), scale)
    return f"{whole}.{rest:0{digits}}"


def date_time(at_ms: int) -> str:
    """A wall-clock moment as RFC 3339 has it, in UTC with milliseconds; HLS and DASH both take this form."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03}Z"
