import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.presentation import Presentation
from loadtest.session import Failure
from manifests.classes import ObjectClass
from tests.loadtest.clip import MASTER, make_clip


def fetch(
    presentation: Presentation, objects: dict[str, bytes], count: int, budget_bps: int = 0
) -> list[str]:
    """Take so many objects; their last path elements."""
    names = []
    for _ in range(count):
        wanted = presentation.wanted(budget_bps)
        if wanted is None:
            break
        names.append("/".join(wanted.path.split("/")[-2:]))
        assert presentation.accept(wanted, objects[wanted.path]) is None
    return names


def test_the_lagging_track_comes_first() -> None:
    presentation = Presentation(MASTER)
    names = fetch(presentation, make_clip(segments=2), 99)
    assert names[-4:] == ["aac/init.mp4", "aac/0.m4s", "v360/1.m4s", "aac/1.m4s"]
    assert presentation.wanted(0) is None
    assert presentation.playable_ms == 4_000


def test_playable_is_what_both_tracks_have() -> None:
    presentation = Presentation(MASTER)
    assert presentation.playable_ms == 0
    fetch(presentation, make_clip(segments=2), 4)
    assert presentation.playable_ms == 0
    fetch(presentation, make_clip(segments=2), 3)
    assert presentation.playable_ms == 2_000


def test_the_budget_chooses_the_variant_and_the_most_modest_is_the_least() -> None:
    presentation = Presentation(MASTER)
    objects = make_clip(segments=9, audio_bps=0)
    fetch(presentation, objects, 1)
    for budget_bps, rendition in [(0, "v360"), (1_999_999, "v360"), (2_000_000, "v720"), (10**9, "v720")]:
        wanted = presentation.wanted(budget_bps)
        assert wanted is not None
        assert (wanted.kind, wanted.rendition) == (ObjectClass.MEDIA_PLAYLIST, rendition)


def test_switches_and_the_average_are_of_what_was_fetched() -> None:
    presentation = Presentation(MASTER)
    objects = make_clip(segments=4, audio_bps=0)
    assert fetch(presentation, objects, 4)[-1] == "v360/0.m4s"
    assert fetch(presentation, objects, 4, budget_bps=10**9)[-1] == "v720/2.m4s"
    assert fetch(presentation, objects, 9) == ["v360/3.m4s"]
    assert presentation.switches == 2
    assert presentation.average_bps == (2 * 400_000 + 2 * 2_000_000) // 4


def test_renditions_must_be_cut_alike() -> None:
    presentation = Presentation(MASTER)
    fetch(presentation, make_clip(segments=4), 4)
    wanted = presentation.wanted(0)
    assert wanted is not None and wanted.rendition == "aac"
    fetch(presentation, make_clip(segments=4), 3)
    wanted = presentation.wanted(10**9)
    assert wanted is not None and wanted.rendition == "v720"
    problem = presentation.accept(wanted, make_clip(segments=3)[wanted.path])
    assert problem == (
        Failure.BAD_PLAYLIST,
        "/vod/clip/v720.m3u8: 3 segments, where another rendition has 4",
    )


def test_a_variant_without_a_sound_group_keeps_the_sound_of_the_others() -> None:
    objects = make_clip(segments=2)
    objects[MASTER] = objects[MASTER].replace(b'BANDWIDTH=464000,AUDIO="a"', b"BANDWIDTH=464000")
    assert b"BANDWIDTH=464000\n" in objects[MASTER]
    names = fetch(Presentation(MASTER), objects, 99)
    assert names[-2:] == ["v360/1.m4s", "aac/1.m4s"]


@pytest.mark.parametrize(
    "uri",
    ["ftp://a/0.m4s", "//other/0.m4s", "http://[bad/0.m4s", "http://a:99999/0.m4s", "data:,0", "http:///0"],
)
def test_what_can_not_be_fetched_over_http_is_refused(uri: str) -> None:
    objects = make_clip(audio_bps=0)
    presentation = Presentation(MASTER)
    fetch(presentation, objects, 1)
    wanted = presentation.wanted(0)
    assert wanted is not None
    problem = presentation.accept(wanted, objects[wanted.path].replace(b"v1/v360/0.m4s", uri.encode()))
    assert problem is not None
    assert problem.failure is Failure.BAD_PLAYLIST
    assert problem.detail.startswith("/vod/clip/v360.m3u8: ")


CLIP = make_clip(segments=3)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_playlist_however_mangled_raises(data: st.DataObject) -> None:
    presentation = Presentation(MASTER)
    for _ in range(30):
        wanted = presentation.wanted(data.draw(st.sampled_from([0, 10**9])))
        if wanted is None:
            break
        body = CLIP.get(wanted.path, b"?")
        if wanted.kind in (ObjectClass.MULTIVARIANT, ObjectClass.MEDIA_PLAYLIST):
            start, end = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
            junk = data.draw(
                st.sampled_from([b"", b"\xff", b"\n", b",", b'"', b"://", b"-1", b"1e999", b"#EXT-X-"])
            )
            mangled = body[:start] + junk + body[end:] if data.draw(st.booleans()) else body
            if presentation.accept(wanted, mangled):
                return
        else:
            presentation.accept(wanted, body)
    assert presentation.playable_ms > 0
