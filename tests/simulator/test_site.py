"""The objects of an asset, as the origin serves them."""

from manifests.classes import ObjectClass
from simulator.site import make_object, objects_of
from tests.manifests.samples import asset


def test_every_object_of_an_asset_is_there() -> None:
    objects = {item.target: item for item in objects_of(asset())}
    version = asset().version
    assert len(objects) == 1 + 3 + 3 + 3 * 3
    assert objects[f"/vod/demo/{version}/v720/2.m4s"].size_bytes == 520_000
    assert objects[f"/vod/demo/{version}/audio/init.mp4"].size_bytes == 700
    master = objects["/vod/demo/master.m3u8"]
    assert master.text.startswith("#EXTM3U")
    assert master.size_bytes == len(master.text.encode())


def test_objects_carry_the_fields_of_their_class() -> None:
    objects = {item.target: item for item in objects_of(asset())}
    master = objects["/vod/demo/master.m3u8"].headers
    assert master.get("cache-control") == "public, max-age=10, stale-while-revalidate=30, stale-if-error=3600"
    assert master.get("cache-tag") == f"asset:demo, class:{ObjectClass.MULTIVARIANT}"
    segment = objects[f"/vod/demo/{asset().version}/v240/1.m4s"].headers
    assert "immutable" in (segment.get("cache-control") or "")


def test_an_object_made_by_hand_has_validators_of_its_version() -> None:
    one, two = (make_object("/a", 1, "max-age=1", version=version) for version in (1, 2))
    assert one.etag != two.etag
    assert "cache-tag" not in one.headers
    assert make_object("/a", 1, "max-age=1", tags=("x", "y")).headers.get("cache-tag") == "x, y"
