from bench.index.objects import key_of, make_cache, path_of, raw_head, received_ms, store
from caching import Headers
from caching.purges import Purge, Scope


def test_objects_lie_in_folders_by_film_and_rendition() -> None:
    assert [path_of(number) for number in (0, 599, 600, 3600, 3601)] == [
        "/vod/film-00000/0/0.m4s",
        "/vod/film-00000/0/599.m4s",
        "/vod/film-00000/1/0.m4s",
        "/vod/film-00001/0/0.m4s",
        "/vod/film-00001/0/1.m4s",
    ]
    assert len({path_of(number) for number in range(10_000)}) == 10_000


def test_every_other_film_has_tags_and_no_two_objects_one_etag() -> None:
    heads = {number: dict(raw_head(number, 1024, received_ms(number))) for number in range(5000)}
    assert b"Cache-Tag" not in heads[3599] and heads[3600][b"Cache-Tag"] == b"film-00001,vod"
    assert len({head[b"ETag"] for head in heads.values()}) == 5000


def test_all_of_them_are_held_and_fresh() -> None:
    cache = make_cache("lru", 5000)
    store(cache, range(5000))
    assert len(cache.index) == 5000
    assert len(cache.index.matching(Purge(Scope.TAG, "film-00001"))) == 1400
    entry = cache.index.find(key_of(4999), Headers()).entry
    assert entry is not None and entry.is_fresh(received_ms(5000))
