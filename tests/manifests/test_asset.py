"""What an asset refuses to be, and what follows from it."""

from dataclasses import replace
from typing import Any

import pytest

from manifests.asset import Asset, Rendition, Segment, init_uri, segment_uri
from tests.manifests import samples


@pytest.mark.parametrize("name", ["", "..", "a/b", "-x", "a" * 65, "a b", "a\n", "é"])
def test_an_id_outside_the_grammar_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="can't name an asset"):
        replace(samples.asset(), id=name)
    with pytest.raises(ValueError, match="can't name a rendition"):
        replace(samples.audio(), id=name)


@pytest.mark.parametrize("name", ["a", "Demo-1_b", "0", "a" * 64])
def test_an_id_within_the_grammar_is_taken(name: str) -> None:
    assert replace(samples.asset(), id=name).id == name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "0123456789ABCDEF"}, "16 lowercase hex"),
        ({"title": "a\nb"}, "control characters"),
        ({"title": "a" * 201}, "over 200"),
        ({"duration_ms": 0}, "needs a duration"),
        ({"renditions": (samples.audio(),)}, "at least one video"),
        ({"renditions": (samples.video("v", 240, [1, 1, 1]),) * 2}, "two renditions of one name"),
    ],
)
def test_an_asset_that_contradicts_itself_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(samples.asset(), **change)


@pytest.mark.parametrize(
    ("rendition", "change", "message"),
    [
        (samples.audio(), {"timescale": 0}, "timescale"),
        (samples.audio(), {"segments": ()}, "at least one segment"),
        (samples.audio(), {"codecs": 'mp4a"'}, "bad codecs"),
        (samples.audio(), {"language": "en,X=1"}, "language"),
        (samples.audio(), {"channels": 0}, "lacks"),
        (samples.video("v", 240, [1, 1, 1]), {"frame_rate": (0, 1)}, "lacks"),
        (samples.audio(), {"segments": (Segment(1, 0, 9, 9), Segment(3, 9, 9, 9))}, "doesn't follow"),
        (samples.audio(), {"segments": (Segment(1, 0, 9, 9), Segment(2, 8, 9, 9))}, "doesn't follow"),
    ],
)
def test_a_rendition_that_contradicts_itself_is_refused(
    rendition: Rendition, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(rendition, **change)


@pytest.mark.parametrize("fields", [(-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)])
def test_a_segment_without_extent_is_refused(fields: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="a segment needs"):
        Segment(*fields)


def test_uris_carry_the_version_and_are_relative() -> None:
    asset = samples.asset()
    sound = asset.audios[0]
    assert init_uri(asset, sound) == "0123456789abcdef/audio/init.mp4"
    assert segment_uri(asset, sound, 7) == "0123456789abcdef/audio/7.m4s"


def test_renditions_are_found_by_kind_and_by_name() -> None:
    asset: Asset = samples.asset()
    assert [r.id for r in asset.videos] == ["v720", "v240"]
    assert asset.rendition("audio") is asset.audios[0]
    assert asset.rendition("v9000") is None
    assert asset.media_bytes == 800 * 2 + 700 + 1_280_000 + 151_000 + 60_000
