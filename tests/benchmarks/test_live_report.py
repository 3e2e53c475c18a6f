"""What the benchmark of live audio makes of its delays."""

import pytest

from live import Delay, report


def test_steady_delays_do_not_drift() -> None:
    text = report([Delay(2.0, 1.0, end_s) for end_s in range(1, 31)], 0.5)
    assert "segments                       30" in text
    assert "1.00 s, 1.00 s, 1.00 s" in text
    assert "delay over length, p50, p95    0.50, 0.50" in text
    assert "drift, last over first third   1.00" in text
    assert "0.0 ms per minute" in text


def test_growing_delays_drift() -> None:
    text = report([Delay(2.0, 1.0 + end_s / 60, end_s) for end_s in range(0, 600, 10)], 0.0)
    assert "1000.0 ms per minute" in text
    assert "drift, last over first third   3.58" in text


def test_one_segment_is_enough_and_none_is_refused() -> None:
    assert "drift, last over first third   1.00" in report([Delay(2.0, 1.0, 3.0)], 0.0)
    with pytest.raises(SystemExit, match="nothing in this file"):
        report([], 0.0)
