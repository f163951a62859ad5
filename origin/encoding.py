"""What ffmpeg is told so that a ladder comes out as CMAF segments with key frames at the same places.

One run decodes the source once for all rungs. Renditions are numbered in the ladder's order, the sound last.
Pure: a list of arguments from facts and settings, which the packager runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from origin.ffmpeg import FfmpegSettings, untrusted_input
from origin.ladder import AudioRung, Ladder, VideoRung

INIT = "init.mp4"
MANIFEST = "unused.mpd"  # the muxer insists on writing one; ours are written on request
SAMPLE_RATE_HZ = 48_000
AAC_FRAME_SAMPLES = 1024
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@dataclass(frozen=True, slots=True)
class PackagingSettings:
    """How media are encoded.

    segment_ms: the wanted duration of a segment; the nearest whole number of frames is taken.
    preset: x264's trade of speed for size, one of PRESETS.
    """

    segment_ms: int = 2000
    preset: str = "superfast"

    def __post_init__(self) -> None:
        if not 500 <= self.segment_ms <= 20_000:
            raise ValueError(f"segment_ms from 500 to 20000 is needed, not {self.segment_ms}")
        if self.preset not in PRESETS:
            raise ValueError(f"preset is one of {', '.join(PRESETS)}, not {self.preset!r}")


def encoding_arguments(
    source: Path,
    ladder: Ladder,
    folder: Path,
    settings: PackagingSettings,
    ffmpeg: FfmpegSettings,
    duration_ms: int | None = None,
) -> list[str]:
    """Encode `source` to `{number}/init.mp4` and `{number}/{segment}.m4s` in `folder`; progress to stdout.

    `duration_ms` is what the source says of itself.
    """
    gop_frames = max(1, round(ladder.frame_rate * settings.segment_ms / 1000))
    segment_us = int(gop_frames * 1_000_000 / ladder.frame_rate)
    return [
        *("-progress", "pipe:1", "-stats_period", "0.2"),
        *untrusted_input(source, ffmpeg),
        *("-filter_complex", _filters(ladder, duration_ms), "-filter_complex_threads", str(ffmpeg.threads)),
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        *_picture_arguments(ladder.videos),
        *("-c:v", "libx264", "-preset", settings.preset, "-profile:v", "main", "-bf", "0"),
        # A key frame every so many frames and nowhere else: segments of all rungs begin at the same frames.
        *("-g", str(gop_frames), "-keyint_min", str(gop_frames), "-sc_threshold", "0"),
        *(_sound_arguments(ladder.audio) if ladder.audio else ()),
        *("-threads", str(ffmpeg.threads)),
        *("-f", "dash", "-use_template", "1", "-use_timeline", "0", "-format_options", "movflags=+cmaf"),
        *("-seg_duration", f"{segment_us}us"),
        *("-init_seg_name", f"$RepresentationID$/{INIT}"),
        *("-media_seg_name", "$RepresentationID$/$Number$.m4s"),
        str(folder.resolve() / MANIFEST),
    ]


def _filters(ladder: Ladder, duration_ms: int | None) -> str:
    """One decoder feeds all rungs. Both kinds begin at 0, whatever the source's clocks say."""
    names = "".join(f"[s{n}]" for n in range(len(ladder.videos)))
    rate = f"{ladder.frame_rate.numerator}/{ladder.frame_rate.denominator}"
    chains = [f"[0:V:0]fps=fps={rate}:start_time=0,format=yuv420p,split={len(ladder.videos)}{names}"]
    chains += [
        f"[s{n}]scale={rung.width}:{rung.height},setsar=1[v{n}]" for n, rung in enumerate(ladder.videos)
    ]
    if ladder.audio:
        layout = "mono" if ladder.audio.channels == 1 else "stereo"
        # The encoder puts a frame of silence in front. With as much taken off the sound, both begin at 0
        # without an edit list, which players treat differently, and their segments end together.
        chains.append(
            f"[0:a:0]aresample={SAMPLE_RATE_HZ}:async=1:first_pts=0,aformat=channel_layouts={layout},"
            f"{_padding(duration_ms)},atrim=start_sample={AAC_FRAME_SAMPLES}[a]"
        )
    return ";".join(chains)


def _padding(duration_ms: int | None) -> str:
    """Silence to where the pictures end, at which `-shortest` cuts.

    Not without an end where that is known: ffmpeg 5.1 would write silence for ever.
    """
    return "apad" if duration_ms is None else f"apad=whole_dur={duration_ms / 1000:g}"


def _picture_arguments(rungs: tuple[VideoRung, ...]) -> Iterator[str]:
    for number, rung in enumerate(rungs):
        peak = str(rung.bitrate_bps * 5 // 4)
        yield from ("-map", f"[v{number}]", f"-b:v:{number}", str(rung.bitrate_bps))
        yield from (f"-maxrate:v:{number}", peak, f"-bufsize:v:{number}", peak)


def _sound_arguments(rung: AudioRung) -> Iterator[str]:
    yield from ("-map", "[a]", "-shortest", "-c:a", "aac", "-b:a", str(rung.bitrate_bps))
