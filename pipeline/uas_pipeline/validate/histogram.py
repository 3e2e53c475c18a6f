"""Counts of values in equal steps; what lies outside counts at the edge."""


class Histogram:
    """``bars`` equal steps from ``low`` to ``high``."""

    def __init__(self, low: float, high: float, bars: int) -> None:
        self._low, self._step = low, (high - low) / bars
        self.counts = [0] * bars

    @property
    def edges(self) -> list[float]:
        """Bounds of the bars, one more than bars."""
        return [round(self._low + self._step * index, 6) for index in range(len(self.counts) + 1)]

    def add(self, value: float) -> None:
        """Count a value."""
        index = int((value - self._low) // self._step)
        self.counts[min(max(index, 0), len(self.counts) - 1)] += 1
