"""The box reader, on boxes made by hand and on what ffmpeg wrote."""

import io
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from origin.boxes import BadBoxError, Span, Track, is_cut_short, read_span, read_track
from tests import media


def box(kind: str, payload: bytes) -> bytes:
    return pack(">I4s", 8 + len(payload), kind.encode()) + payload


def sidx(durations: list[int], *, version: int, start: int = 0) -> bytes:
    head = pack(">B3x2I", version, 1, 48000) + pack(">2Q" if version else ">2I", start, 0)
    entries = b"".join(pack(">3I", 1000, ticks, 0) for ticks in durations)
    return box("styp", b"msdh") + box("sidx", head + pack(">2H", 0, len(durations)) + entries)


@pytest.fixture(scope="module")
def init_of_picture() -> bytes:
    return init("180p")


def init(rendition: str) -> bytes:
    (path,) = media.published_folder().glob(f"assets/*/*/{rendition}/init.mp4")
    return path.read_bytes()


def test_the_picture_s_track_is_read() -> None:
    track = read_track(init("180p"))
    assert track.codecs.startswith("avc1.")
    assert (track.timescale, track.width, track.height) == (12800, 320, 180)


def test_the_sound_s_track_is_read() -> None:
    assert read_track(init("audio")) == Track("mp4a.40.2", 48000, sample_rate_hz=48000, channels=2)


@pytest.mark.parametrize("version", [0, 1])
def test_a_span_is_the_sum_of_the_index(version: int) -> None:
    assert read_span(sidx([96000, 48000], version=version, start=7)) == Span(48000, 7, 144000)


def test_a_segment_without_an_index_is_refused() -> None:
    with pytest.raises(BadBoxError, match="no 'sidx'"):
        read_span(box("styp", b"msdh"))


def test_an_index_that_ends_too_early_is_refused() -> None:
    with pytest.raises(BadBoxError):
        read_span(box("sidx", b"\0" * 6))


def test_another_codec_is_refused_by_name(init_of_picture: bytes) -> None:
    with pytest.raises(BadBoxError, match="hvc1"):
        read_track(init_of_picture.replace(b"avc1", b"hvc1", 2))


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 2000), byte=st.integers(0, 255), cut=st.integers(0, 2000))
def test_a_damaged_init_raises_nothing_but_bad_box(
    init_of_picture: bytes, at: int, byte: int, cut: int
) -> None:
    damaged = bytearray(init_of_picture)
    damaged[at % len(damaged)] = byte
    for data in (bytes(damaged), bytes(damaged[:cut])):
        try:
            read_track(data)
        except BadBoxError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("data", "short"),
    [
        (box("ftyp", b"isom") + box("mdat", b"x" * 50) + box("moov", b""), False),
        (box("ftyp", b"isom") + box("moov", b"") + box("mdat", b"x" * 50)[:-1], True),
        (box("ftyp", b"isom") + box("mdat", b"x" * 50), True),
        (box("ftyp", b"isom") + box("moov", b"") + pack(">I4s", 0, b"mdat") + b"to the end", False),
        (box("ftyp", b"isom") + box("moov", b"") + pack(">I4sQ", 1, b"mdat", 17) + b"x", False),
        (box("ftyp", b"isom") + box("moov", b"") + pack(">I4sQ", 1, b"mdat", 18) + b"x", True),
        (box("ftyp", b"isom") + box("moov", b"") + b"\1\0\0", False),
        (b"\x1aE\xdf\xa3 another kind of file", False),
        (b"", False),
    ],
)
def test_a_file_is_cut_short_when_its_boxes_end_beyond_it(data: bytes, short: bool) -> None:
    assert is_cut_short(io.BytesIO(data)) is short


def test_every_cut_of_a_real_file_is_seen(tmp_path: Path) -> None:
    whole = media.small_clip().read_bytes()
    assert not is_cut_short(io.BytesIO(whole))
    for kept in (len(whole) // 10, len(whole) // 2, len(whole) - 1):
        assert is_cut_short(io.BytesIO(whole[:kept]))
