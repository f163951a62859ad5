"""A small VOD clip as an edge serves it: path to body, with exact durations and sizes."""

from collections.abc import Mapping

MASTER = "/vod/clip/master.m3u8"
LADDER: Mapping[str, int] = {"v360": 400_000, "v720": 2_000_000}


def make_clip(
    segments: int = 5, segment_ms: int = 2_000, videos: Mapping[str, int] = LADDER, audio_bps: int = 64_000
) -> dict[str, bytes]:
    """One rendition for each of ``videos`` (id: bits per second), and "aac" unless ``audio_bps`` is 0."""
    master = ["#EXTM3U", "#EXT-X-VERSION:7"]
    if audio_bps:
        master.append('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="aac",DEFAULT=YES,URI="aac.m3u8"')
    for name, bps in videos.items():
        group = ',AUDIO="a"' if audio_bps else ""
        master += [f"#EXT-X-STREAM-INF:BANDWIDTH={bps + audio_bps}{group}", f"{name}.m3u8"]
    objects = {MASTER: "\n".join(master).encode()}
    renditions = dict(videos) | ({"aac": audio_bps} if audio_bps else {})
    for name, bps in renditions.items():
        objects |= _rendition(name, segments, segment_ms, size_bytes=bps * segment_ms // 8_000)
    return objects


def _rendition(name: str, segments: int, segment_ms: int, size_bytes: int) -> dict[str, bytes]:
    lines = [
        "#EXTM3U",
        f"#EXT-X-TARGETDURATION:{-(-segment_ms // 1000)}",
        f'#EXT-X-MAP:URI="v1/{name}/init.mp4"',
    ]
    objects = {f"/vod/clip/v1/{name}/init.mp4": b"i" * 700}
    for number in range(segments):
        lines += [f"#EXTINF:{segment_ms / 1000:.3f},", f"v1/{name}/{number}.m4s"]
        objects[f"/vod/clip/v1/{name}/{number}.m4s"] = bytes([number % 256]) * size_bytes
    objects[f"/vod/clip/{name}.m3u8"] = "\n".join([*lines, "#EXT-X-ENDLIST"]).encode()
    return objects
