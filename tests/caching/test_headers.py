from caching.headers import Headers

FIELDS = Headers([("Vary", "Accept"), ("ETag", ' "x" '), ("vary", "Origin")])


def test_names_are_matched_without_regard_to_case_and_lines_are_combined() -> None:
    assert FIELDS.get("vary") == "Accept, Origin"
    assert FIELDS.all("vary") == ["Accept", "Origin"]
    assert FIELDS.get("etag") == '"x"'
    assert FIELDS.get("age") is None and "age" not in FIELDS


def test_dropping_and_replacing_leave_the_rest_in_order() -> None:
    assert list(FIELDS.without(["vary"])) == [("etag", '"x"')]
    assert list(FIELDS.replacing([("ETag", '"y"')])) == [
        ("vary", "Accept"),
        ("vary", "Origin"),
        ("etag", '"y"'),
    ]
    assert len(FIELDS) == 3
    assert FIELDS.without(["age"]) is FIELDS


def test_equal_lines_are_equal_headers() -> None:
    assert Headers([("A", "1")]) == Headers([("a", "1 ")])
    assert hash(Headers([("A", "1")])) == hash(Headers([("a", "1")]))
    assert repr(Headers([("A", "1")])) == "Headers([('a', '1')])"


def test_what_other_headers_gave_makes_equal_ones() -> None:
    kept = Headers.as_kept(("vary", "etag", "vary"), ("Accept", '"x"', "Origin"))
    assert kept == FIELDS and kept.all("vary") == FIELDS.all("vary") and kept.get("etag") == '"x"'
    assert FIELDS.without(["vary"]) == kept.without(["vary"])


def test_order_and_number_of_lines_count() -> None:
    assert Headers([("a", "1"), ("b", "2")]) != Headers([("b", "2"), ("a", "1")])
    assert Headers([("a", "1"), ("a", "2")]) != Headers([("a", "1, 2")])
    assert Headers() == Headers([]) != Headers([("a", "")]) and len(Headers()) == 0


def test_what_is_kept_is_equal_and_shares_its_values() -> None:
    text = [("".join(["cache", "-control"]), "".join(["max-age=", "5"])) for _ in range(2)]
    one, other = (Headers([pair]).to_keep() for pair in text)
    assert one == other == Headers([text[0]]) and one.get("cache-control") is other.get("cache-control")
