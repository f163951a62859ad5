import pytest

from loadtest.session import PlayerSettings, Qoe


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("startup_buffer_ms", 0, "startup_buffer_ms is 0: it must be above 0"),
        ("resume_buffer_ms", -1, "resume_buffer_ms is -1: it must be above 0"),
        ("initial_bps", 0, "initial_bps is 0: it must be above 0"),
        ("max_rounds", 0, "max_rounds is 0: it must be above 0"),
        ("retry_ms", 0, "retry_ms is 0: it must be above 0"),
        ("max_buffer_ms", 1_999, "max_buffer_ms is 1999: it can't be below startup_buffer_ms"),
        ("safety_factor", 0.0, "safety_factor is 0.0: it must be above 0, up to 1"),
        ("safety_factor", 1.1, "safety_factor is 1.1: it must be above 0, up to 1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(field: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PlayerSettings(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("played_ms", "stalled_ms", "ratio"), [(0, 0, 0.0), (3_000, 1_000, 0.25), (0, 5, 1.0)]
)
def test_rebuffer_ratio(played_ms: int, stalled_ms: int, ratio: float) -> None:
    qoe = Qoe(True, 10, played_ms, stalled_ms, stalls=1, switches=0, average_bps=0, failures=0)
    assert qoe.rebuffer_ratio == ratio
