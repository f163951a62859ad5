"""Cache policies, content types and purge tags of the object classes."""

import pytest

from manifests.classes import DEFAULT_POLICIES, CachePolicy, ObjectClass, cache_tags


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (CachePolicy(0), "public, max-age=0"),
        (CachePolicy(10, 30, 3600), "public, max-age=10, stale-while-revalidate=30, stale-if-error=3600"),
        (CachePolicy(31536000, immutable=True), "public, max-age=31536000, immutable"),
    ],
)
def test_cache_control_spells_the_policy(policy: CachePolicy, field: str) -> None:
    assert policy.cache_control() == field


def test_a_lifetime_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more seconds"):
        CachePolicy(max_age_s=-1)


def test_every_class_has_a_policy_and_a_content_type() -> None:
    assert set(DEFAULT_POLICIES) == set(ObjectClass)
    assert all("/" in object_class.content_type for object_class in ObjectClass)


def test_media_are_immutable_and_manifests_survive_an_origin_failure() -> None:
    for object_class, policy in DEFAULT_POLICIES.items():
        media = object_class in {ObjectClass.INIT, ObjectClass.SEGMENT}
        assert policy.immutable is media
        assert (policy.stale_if_error_s > 0) is not media


def test_tags_name_the_asset_and_the_class() -> None:
    assert cache_tags("demo", ObjectClass.SEGMENT) == "asset:demo, class:segment"
    assert cache_tags(None, ObjectClass.PAGE) == "class:page"
