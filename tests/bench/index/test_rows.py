from bench.index.rows import LookupRow, PauseRow, as_dict


def test_json_has_the_kind_beside_the_figures() -> None:
    assert as_dict(PauseRow("lru", 1000, 1.5)) == {
        "kind": "pause",
        "policy": "lru",
        "objects": 1000,
        "ms": 1.5,
    }
    assert as_dict(LookupRow("lru", 1000, "zipf", 2.0))["kind"] == "lookup"
