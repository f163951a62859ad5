"""Small assets made by hand, for tests of manifests that need no media."""

from manifests.asset import Asset, Rendition, Segment


def segments(durations: list[int], sizes: list[int], first: int = 1) -> tuple[Segment, ...]:
    made, start = [], 0
    for number, (ticks, size) in enumerate(zip(durations, sizes, strict=True), first):
        made.append(Segment(number, start, ticks, size))
        start += ticks
    return tuple(made)


def video(rendition_id: str, height: int, sizes: list[int]) -> Rendition:
    return Rendition(
        id=rendition_id,
        kind="video",
        codecs="avc1.4d401f",
        peak_bps=height * 4000,
        average_bps=height * 3000,
        timescale=30000,
        init_bytes=800,
        segments=segments([60060, 60060, 31031], sizes),
        width=height * 16 // 9,
        height=height,
        frame_rate=(30000, 1001),
    )


def audio() -> Rendition:
    return Rendition(
        id="audio",
        kind="audio",
        codecs="mp4a.40.2",
        peak_bps=99000,
        average_bps=97000,
        timescale=48000,
        init_bytes=700,
        segments=segments([96256, 95232, 49152], [24000, 23900, 12100]),
        sample_rate_hz=48000,
        channels=2,
        language="en",
    )


def asset(*, with_audio: bool = True) -> Asset:
    videos = (video("v720", 720, [500000, 520000, 260000]), video("v240", 240, [60000, 61000, 30000]))
    return Asset(
        id="demo",
        version="0123456789abcdef",
        title="Demo & <friends>",
        published_at_ms=1_700_000_000_000,
        duration_ms=5038,
        source_bytes=1_000_000,
        renditions=(*videos, audio()) if with_audio else videos,
    )
