from pathlib import Path

import pytest

from bench.edge.load import (
    LoadError,
    h2load_command,
    parse_h2load,
    parse_wrk,
    percentile,
    wrk_command,
    wrk_script,
)

WRK = """Running 1s test @ http://127.0.0.1:18411/object/1024/a
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   586.80us    1.10ms   8.41ms   85.73%
    Req/Sec    49.95k    22.76k   85.72k    70.00%
  49514 requests in 1.00s, 59.21MB read
Requests/sec:  49426.07
Transfer/sec:     59.11MB
figures requests=49514 us=1001779 bytes=62090556 p99_us=4758 refused=0 broken=0
"""
WRK_404 = """Running 1s test @ http://127.0.0.1:18411/absent/a
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   481.83us    1.17ms  11.73ms   89.26%
    Req/Sec    66.73k    22.24k   94.40k    50.00%
  66248 requests in 1.00s, 16.17MB read
  Non-2xx or 3xx responses: 66248
Requests/sec:  66004.18
Transfer/sec:     16.11MB
figures requests=66248 us=1003694 bytes=16959488 p99_us=5422 refused=66248 broken=0
"""
WRK_RESETS = """Running 1s test @ http://127.0.0.1:18412/
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.30ms    2.43ms  15.85ms   88.24%
    Req/Sec    12.47k     9.84k   25.78k    60.00%
  12363 requests in 1.00s, 482.93KB read
  Socket errors: connect 0, read 4120, write 0, timeout 0
Requests/sec:  12353.04
Transfer/sec:    482.54KB
figures requests=12363 us=1000806 bytes=494520 p99_us=11777 refused=0 broken=4120
"""


@pytest.mark.parametrize(
    ("text", "status", "figures"),
    [
        (WRK, 200, (49514, 1.001779, 62090556, 4.758, 0)),
        (WRK, 206, (49514, 1.001779, 62090556, 4.758, 0)),
        (WRK, 404, (49514, 1.001779, 62090556, 4.758, 49514)),
        (WRK_404, 404, (66248, 1.003694, 16959488, 5.422, 0)),
        (WRK_404, 200, (66248, 1.003694, 16959488, 5.422, 66248)),
        (WRK_RESETS, 200, (12363, 1.000806, 494520, 11.777, 4120)),
    ],
)
def test_what_wrk_prints(text: str, status: int, figures: tuple[float, ...]) -> None:
    assert parse_wrk(text, status) == figures


def test_rates_are_by_the_clock_of_the_load() -> None:
    sample = parse_wrk(WRK, 200)
    assert sample.requests_per_s == pytest.approx(49426.07, rel=1e-5)
    assert sample.bytes_per_s == pytest.approx(59.11 * 1024**2, rel=1e-4)


def test_wrk_that_cannot_connect_is_an_error() -> None:
    with pytest.raises(LoadError, match="unable to connect"):
        parse_wrk("unable to connect to 127.0.0.1:1 Connection refused\n", 200)


H2LOAD = """Main benchmark duration is over for thread #0. Stopping all clients.
Stopped all clients for thread #0

finished in 1.01s, 400.00 req/s, 489.84KB/s
requests: 400 total, 400 started, 400 done, 400 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 400 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 489.84KB (501600) total, 69.92KB (71600) headers (space savings 0.00%), 400.00KB (409600) data
                     min         max         mean         sd        +/- sd
time for request:       98us      4.24ms       349us       585us    94.50%
"""
H2LOAD_RESETS = """finished in 1.00s, 12.00 req/s, 480B/s
requests: 12 total, 16 started, 12 done, 12 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 12 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 480B (480) total, 180B (180) headers (space savings 0.00%), 24B (24) data
"""
H2LOAD_NOBODY = """finished in 1.00s, 0.00 req/s, 0B/s
requests: 0 total, 0 started, 0 done, 0 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 0 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 0B (0) total, 0B (0) headers (space savings 0.00%), 0B (0) data
"""
LOG = ["1795700165044058\t200\t226\n"] * 396 + ["1795700165044057\t200\t2480\n"] * 4
LOG_404 = ["1795700167087293\t404\t193\n"] * 2 + ["1795700167087293\t-1\t193\n"]


@pytest.mark.parametrize(
    ("text", "log", "figures"),
    [
        (H2LOAD, LOG, (400, 2, 501600, 0.226, 0)),
        (H2LOAD, [*LOG, LOG[-1]], (400, 2, 501600, 2.48, 0)),
        (H2LOAD, [*LOG, *LOG_404], (400, 2, 501600, 0.226, 3)),
        (H2LOAD_RESETS, LOG[:12], (12, 2, 480, 0.226, 0)),
    ],
)
def test_what_h2load_prints_and_logs(text: str, log: list[str], figures: tuple[float, ...]) -> None:
    assert parse_h2load(text, log, 200, seconds=2) == figures


@pytest.mark.parametrize(
    ("text", "words"),
    [(H2LOAD_NOBODY, "was answered nothing"), ("h2load: no such option", "no figures: 'h2load: no such")],
)
def test_h2load_without_an_answer_is_an_error(text: str, words: str) -> None:
    with pytest.raises(LoadError, match=words):
        parse_h2load(text, [], 200, seconds=1)


@pytest.mark.parametrize(
    ("values", "percent", "value"),
    [
        ([5], 99, 5),
        (range(1, 101), 99, 99),
        (range(1, 102), 99, 100),
        ([3, 1, 2], 50, 2),
        ([3, 1, 2], 100, 3),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(values: list[int], percent: int, value: int) -> None:
    assert percentile(values, percent) == value


def test_wrk_is_asked_for_new_paths_only_where_each_must_be_new() -> None:
    assert "function request" not in wrk_script(None) and "function done" in wrk_script(None)
    assert 'wrk.format(nil, "/object/1/t-" .. number)' in wrk_script("/object/1/t-")


def test_commands() -> None:
    script, log = Path("/x/wrk.lua"), Path("/x/log")
    url = "http://127.0.0.1:1/a"
    told = wrk_command("wrk", url, script, 2, 64, None)
    assert " ".join(told) == "wrk -t1 -c64 -d2s --timeout 10s -s /x/wrk.lua http://127.0.0.1:1/a"
    assert wrk_command("wrk", url, script, 2, 64, "bytes=1-2")[-3:] == ["-H", "Range: bytes=1-2", url]
    told = h2load_command("h2load", url, log, 2, 36_000)
    assert " ".join(told) == "h2load --h1 -t1 -c360 -D2 --rps=100 --log-file=/x/log http://127.0.0.1:1/a"
