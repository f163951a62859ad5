"""Encoding a source once to CMAF segments, which HLS and DASH then both name.

What was written is read back, box by box: the description says what is there and not what was ordered. The
picture decides how long the asset is: sound is cut at its end, or filled with silence up to it. Called by
`publish`, with a folder of its own to write to.
"""

import asyncio
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from manifests.asset import Rendition, Segment
from manifests.rates import average_bps, peak_bps, rounded_s
from origin.boxes import BadBoxError, Track, read_span, read_track
from origin.encoding import INIT, MANIFEST, PackagingSettings, encoding_arguments
from origin.errors import EncodingFailedError, TruncatedError
from origin.ffmpeg import FfmpegSettings, run
from origin.ladder import Ladder
from origin.probe import Source

Progress = Callable[[float], None]

INDEX_BYTES = 4096  # a segment's index stands in front of its media


async def package(
    source: Source,
    ladder: Ladder,
    folder: Path,
    settings: PackagingSettings,
    ffmpeg: FfmpegSettings,
    on_progress: Progress,
) -> tuple[Rendition, ...]:
    """Encode into `folder/{rendition}/init.mp4` and `folder/{rendition}/{number}.m4s`.

    `on_progress` gets the finished fraction, rising from 0 to 1. Raises EncodingFailedError, TruncatedError,
    and what `run` raises; what was written by then is the caller's to remove.
    """
    names = [rung.id for rung in (*ladder.videos, ladder.audio) if rung]
    for number in range(len(names)):
        (folder / str(number)).mkdir(parents=True)
    arguments = encoding_arguments(source.path, ladder, folder, settings, ffmpeg, source.duration_ms)
    ended = await run(arguments, ffmpeg, progress_reader(source.duration_ms, on_progress))
    if ended.status:
        raise EncodingFailedError(f"ffmpeg ended with status {ended.status}: {ended.last_words}")
    renditions = await asyncio.to_thread(_read_back, folder, names, ladder.frame_rate)
    _check_length(source, renditions[0])
    on_progress(1.0)
    return renditions


def progress_reader(duration_ms: int | None, on_progress: Progress) -> Callable[[str], None]:
    """A reader of ffmpeg's progress lines. When the duration isn't known it reports nothing."""
    done = 0.0

    def read(line: str) -> None:
        nonlocal done
        name, _, value = line.partition("=")
        if duration_ms and name == "out_time_us" and value.isdecimal():
            done = max(done, min(1.0, int(value) / (1000 * duration_ms)))
            on_progress(done)

    return read


def _read_back(folder: Path, names: list[str], frame_rate: Fraction) -> tuple[Rendition, ...]:
    """Name the numbered folders for their renditions and describe what is in them."""
    (folder / MANIFEST).unlink(missing_ok=True)
    renditions = []
    for number, name in enumerate(names):
        named = (folder / str(number)).rename(folder / name)
        try:
            renditions.append(_describe(named, frame_rate))
        except (OSError, ValueError) as error:
            raise EncodingFailedError(f"ffmpeg wrote a {name} that can't be read back: {error}") from error
    return tuple(renditions)


def _describe(folder: Path, frame_rate: Fraction) -> Rendition:
    init = (folder / INIT).read_bytes()
    track = read_track(init)
    segments = tuple(_segments(folder, track))
    longest_ticks = max((segment.duration_ticks for segment in segments), default=0)
    return Rendition(
        id=folder.name,
        kind="video" if track.width else "audio",
        codecs=track.codecs,
        peak_bps=peak_bps(segments, track.timescale, max(1, rounded_s(longest_ticks, track.timescale))),
        average_bps=average_bps(segments, track.timescale),
        timescale=track.timescale,
        init_bytes=len(init),
        segments=segments,
        width=track.width,
        height=track.height,
        frame_rate=frame_rate.as_integer_ratio() if track.width else (0, 1),
        sample_rate_hz=track.sample_rate_hz,
        channels=track.channels,
    )


def _segments(folder: Path, track: Track) -> Iterator[Segment]:
    for number in range(1, len(list(folder.glob("*.m4s"))) + 1):
        path = folder / f"{number}.m4s"
        with path.open("rb") as file:
            span = read_span(file.read(INDEX_BYTES))
        if span.timescale != track.timescale:
            raise BadBoxError(
                f"{path.name} counts {span.timescale} ticks a second, its track {track.timescale}"
            )
        yield Segment(number, span.start_ticks, span.duration_ticks, path.stat().st_size)


def _check_length(source: Source, picture: Rendition) -> None:
    """A file that was cut off may still decode up to the cut; what it announced is then the only witness."""
    announced_ms = source.duration_ms or 0
    picture_ms = picture.segments[-1].end_ticks * 1000 // picture.timescale
    if picture_ms < announced_ms - max(1000, announced_ms // 50):
        raise TruncatedError(
            f"{source.path.name} announces {announced_ms} ms, but its picture ends after {picture_ms} ms"
        )
