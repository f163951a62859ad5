"""The demo's own clip, for when no file is given: moving picture, burnt-in time, and a beep each second.

The time is the timestamp which ffmpeg's test source draws into its corner, cut out and enlarged. Its font is
inside ffmpeg, so that a machine without any font file shows it too. `headwater demo` and the tests call this.
"""

from dataclasses import dataclass
from pathlib import Path

from origin.errors import EncodingFailedError
from origin.ffmpeg import FfmpegSettings, run
from origin.packager import Progress, progress_reader

# Where testsrc2 draws its timestamp: twelve characters of 8x16 pixels, whatever the size of the picture.
STAMP_WIDTH, STAMP_HEIGHT = 98, 14


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """What the clip is like: duration in ms, even sides in pixels, whole frames a second."""

    duration_ms: int = 30_000
    width: int = 1280
    height: int = 720
    frames_a_second: int = 30
    with_sound: bool = True

    def __post_init__(self) -> None:
        if self.duration_ms <= 0 or not 1 <= self.frames_a_second <= 60:
            raise ValueError(f"a duration above 0 and 1 to 60 frames a second are needed, not {self}")
        if self.width < 160 or self.height < 90 or self.width % 2 or self.height % 2:
            raise ValueError(f"an even width from 160 and height from 90 are needed, not {self}")


DEFAULT_CLIP = ClipSettings()
DEFAULT_FFMPEG = FfmpegSettings()


async def make_clip(
    path: Path,
    settings: ClipSettings = DEFAULT_CLIP,
    ffmpeg: FfmpegSettings = DEFAULT_FFMPEG,
    on_progress: Progress = lambda done: None,
) -> None:
    """Write the clip to `path`, in the container that its suffix names; `on_progress` gets 0 to 1.

    Raises EncodingFailedError, and what `ffmpeg.run` raises.
    """
    ended = await run(
        [*clip_arguments(settings), "-threads", str(ffmpeg.threads), f"file:{path.resolve()}"],
        ffmpeg,
        progress_reader(settings.duration_ms, on_progress),
    )
    if ended.status:
        raise EncodingFailedError(
            f"the clip was not made, ffmpeg's status {ended.status}: {ended.last_words}"
        )
    on_progress(1.0)


def clip_arguments(settings: ClipSettings) -> list[str]:
    """What ffmpeg is told to draw and to play."""
    scale = max(1, settings.width * 3 // 5 // STAMP_WIDTH)
    picture = (
        f"testsrc2=size={settings.width}x{settings.height}:rate={settings.frames_a_second},split[whole][corner];"
        f"[corner]crop={STAMP_WIDTH}:{STAMP_HEIGHT}:3:4,scale=iw*{scale}:ih*{scale}:flags=neighbor[time];"
        "[whole][time]overlay=(W-w)/2:H-h-H/12,format=yuv420p[picture]"
    )
    sound = "sine=frequency=330:beep_factor=2:sample_rate=48000,aformat=channel_layouts=stereo[sound]"
    return [
        *("-progress", "pipe:1", "-stats_period", "0.2"),
        *("-filter_complex", f"{picture};{sound}" if settings.with_sound else picture),
        *("-map", "[picture]", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"),
        *(("-map", "[sound]", "-c:a", "aac", "-b:a", "96k") if settings.with_sound else ()),
        *("-t", f"{settings.duration_ms}ms"),
    ]
