"""A reader of ISO base media files (ISO/IEC 14496-12), as far as packaging needs them.

From an initialization segment: codec, timescale, dimensions. From a media segment: its exact place on the
timeline, as its segment index says. Of a whole file: whether it ends before its boxes do. Works on bytes and
integers; what doesn't add up is a `BadBoxError`. The packager and the probe call it.
"""

from collections.abc import Iterator
from struct import error as struct_error
from struct import unpack_from
from typing import BinaryIO, NamedTuple

# A full box begins with a version and flags (14496-12 section 4.2).
FULL_BOX_BYTES = 4
VISUAL_ENTRY_BYTES, AUDIO_ENTRY_BYTES = 78, 28
ES_DESCRIPTOR, DECODER_CONFIG, DECODER_SPECIFIC = 3, 4, 5  # ISO/IEC 14496-1 section 7.2.2.1


class BadBoxError(ValueError):
    """The bytes aren't the boxes that they should be."""


class Box(NamedTuple):
    """One box: its four-character code, and where its payload begins and ends."""

    kind: str
    start: int
    end: int


class Track(NamedTuple):
    """What an initialization segment says of its one track; the fields of the other kind are 0."""

    codecs: str
    timescale: int
    width: int = 0
    height: int = 0
    sample_rate_hz: int = 0
    channels: int = 0


class Span(NamedTuple):
    """Where a media segment lies in presentation time, in ticks of `timescale`."""

    timescale: int
    start_ticks: int
    duration_ticks: int


def read_track(data: bytes) -> Track:
    """The single track of an initialization segment.

    Raises BadBoxError.
    """
    try:
        media = _find(data, "moov", "trak", "mdia")
        timescale = _timescale(data, _find(data, "mdhd", within=media))
        entries = _find(data, "minf", "stbl", "stsd", within=media)
        entry = next(_boxes(data, entries.start + FULL_BOX_BYTES + 4, entries.end))
        reader = {"avc1": _read_avc1, "mp4a": _read_mp4a}.get(entry.kind)
        if reader is None:
            raise BadBoxError(f"a sample entry {entry.kind!r}, where avc1 or mp4a is due")
        return reader(data, entry, timescale)
    except (struct_error, IndexError, StopIteration) as error:
        raise BadBoxError(f"an initialization segment that ends too early: {error!r}") from error


def read_span(data: bytes) -> Span:
    """The span of a media segment, from its segment index (14496-12 section 8.16.3).

    The index, other than the decode times in the fragments, has the encoder's delay already taken off.
    Raises BadBoxError.
    """
    try:
        index = _find(data, "sidx")
        version, _, timescale = unpack_from(">B3x2I", data, index.start)
        earliest, _ = unpack_from(">2Q" if version else ">2I", data, index.start + 12)
        entries = index.start + (28 if version else 20)
        (count,) = unpack_from(">2xH", data, entries)
        durations = (unpack_from(">4xI4x", data, entries + 4 + 12 * n)[0] for n in range(count))
        return Span(timescale, earliest, sum(durations))
    except struct_error as error:
        raise BadBoxError(f"a segment index that ends too early: {error}") from error


def is_cut_short(file: BinaryIO) -> bool:
    """Whether an MP4 or QuickTime file ends before its boxes do, or before the one that lists its samples.

    Files of other kinds, which don't begin with `ftyp`, are never cut short; padding at the end is let pass.
    """
    size = file.seek(0, 2)
    offset, kinds = 0, set[bytes]()
    while offset + 8 <= size:
        file.seek(offset)
        code, _, length = _header(file.read(16), 0, size - offset)
        if length < 8 or not (kinds or code == b"ftyp"):
            break
        kinds.add(code)
        offset += length
    return b"ftyp" in kinds and (offset > size or b"moov" not in kinds)


def _boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes side by side between `start` and `end`."""
    while start < end:
        code, payload, length = _header(data, start, end)
        if start + length > end or start + length < payload:
            raise BadBoxError(f"box {code!r} announces {length} bytes, where {end - start} are left")
        yield Box(code.decode("latin-1"), payload, start + length)
        start += length


def _header(data: bytes, start: int, end: int) -> tuple[bytes, int, int]:
    """Code, begin of the payload, and length of the box at `start` (14496-12 section 4.2)."""
    length, code = unpack_from(">I4s", data, start)
    if length == 1 and len(data) >= start + 16:
        (length,) = unpack_from(">Q", data, start + 8)
        return code, start + 16, length
    return code, start + 8, length or end - start


def _find(data: bytes, *path: str, within: Box | None = None) -> Box:
    box = within or Box("", 0, len(data))
    for kind in path:
        found = next((child for child in _boxes(data, box.start, box.end) if child.kind == kind), None)
        if found is None:
            raise BadBoxError(f"no {kind!r} box where one is due")
        box = found
    return box


def _timescale(data: bytes, header: Box) -> int:
    version = data[header.start]
    (timescale,) = unpack_from(">I", data, header.start + FULL_BOX_BYTES + (16 if version else 8))
    return int(timescale)


def _read_avc1(data: bytes, entry: Box, timescale: int) -> Track:
    width, height = unpack_from(">2H", data, entry.start + 24)
    config = _find(data, "avcC", within=entry._replace(start=entry.start + VISUAL_ENTRY_BYTES))
    profile_and_level = data[config.start + 1 : config.start + 4].hex()  # RFC 6381 section 3.3
    return Track(f"avc1.{profile_and_level}", timescale, width=width, height=height)


def _read_mp4a(data: bytes, entry: Box, timescale: int) -> Track:
    (channels,) = unpack_from(">H", data, entry.start + 16)
    (sample_rate_hz,) = unpack_from(">H", data, entry.start + 24)
    esds = _find(data, "esds", within=entry._replace(start=entry.start + AUDIO_ENTRY_BYTES))
    codecs = _mp4a_codecs(data, esds.start + FULL_BOX_BYTES)
    return Track(codecs, timescale, sample_rate_hz=sample_rate_hz, channels=channels)


def _mp4a_codecs(data: bytes, start: int) -> str:
    """`mp4a.OO.A`: object type indication and audio object type (RFC 6381 section 3.3)."""
    start = _descriptor(data, start, ES_DESCRIPTOR) + 3
    start = _descriptor(data, start, DECODER_CONFIG)
    object_type = data[start]
    start = _descriptor(data, start + 13, DECODER_SPECIFIC)
    return f"mp4a.{object_type:02x}.{data[start] >> 3}"


def _descriptor(data: bytes, start: int, tag: int) -> int:
    """Where the payload of the descriptor at `start` begins: after a length of up to four bytes."""
    if data[start] != tag:
        raise BadBoxError(f"a descriptor {data[start]} where {tag} is due")
    start += 1
    while data[start] & 0x80:
        start += 1
    return start + 1
