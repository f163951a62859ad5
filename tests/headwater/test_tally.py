from headwater.tally import add_up

TEXT = """
headwater_edge_requests_total{outcome="hit",reason="fresh",who="client"} 6.0
headwater_edge_requests_total{outcome="miss",reason="uri-miss",who="client"} 2.0
headwater_edge_requests_total{outcome="refused",reason="loop",who="client"} 1.0
headwater_edge_requests_total{outcome="hit",reason="fresh",who="peer"} 50.0
headwater_edge_sent_bytes_total{who="client"} 1000.0
headwater_edge_sent_bytes_total{who="peer"} 7.0
headwater_edge_dropped_total{cause="purged"} 3.0
headwater_edge_dropped_total{cause="evicted"} 9.0
headwater_edge_upstream_requests_total{to="origin"} 2.0
headwater_edge_upstream_requests_total{to="peer"} 5.0
headwater_edge_upstream_bytes_total{to="origin"} 100.0
"""


def test_edges_are_added_up_and_what_they_ask_of_each_other_is_left_out() -> None:
    sums = add_up([TEXT, TEXT])
    assert (sums.requests, sums.errors, sums.origin_requests) == (18, 2, 4)
    assert (sums.origin_bytes, sums.client_bytes, sums.purged) == (200, 2000, 6)
    assert sums.hit_ratio == 14 / 18
    assert sums.offload == 0.9


def test_nothing_is_no_division_by_nothing() -> None:
    sums = add_up([])
    assert (sums.hit_ratio, sums.offload) == (0.0, 0.0)
