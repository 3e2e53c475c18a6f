"""What one decode may cost: audio length, channels, rate, and the child's memory and time."""

from dataclasses import dataclass, replace

MOST_CHANNELS = 8


@dataclass(frozen=True)
class DecodeLimits:
    """Bounds of one decode; the defaults are those of a request (a job raises ``max_seconds``).

    Attributes:
        max_seconds: longest audio, in seconds of the source.
        min_seconds: shortest audio; below about 0.03 s the encoder yields no token at all.
        max_channels: most channels of the source; 8 is as many as PyAV hands over safely.
        full_length_channels: a source with more channels than this may last only
            ``max_seconds * full_length_channels / channels``: the work of decoding grows with both.
        min_rate_hz: lowest sample rate of the source.
        max_rate_hz: highest sample rate of the source.
        memory_bytes: address space that a decoder child may add to what it starts with.
        cpu_s: CPU time of a decoder child for one file.
        wall_s: time on the clock for one file, when the caller sets no earlier deadline.
    """

    max_seconds: float = 600.0
    min_seconds: float = 0.05
    max_channels: int = 8
    full_length_channels: int = 2
    min_rate_hz: int = 4_000
    max_rate_hz: int = 192_000
    memory_bytes: int = 1 << 30
    cpu_s: int = 20
    wall_s: float = 60.0

    def __post_init__(self) -> None:
        if not 1 <= self.max_channels <= MOST_CHANNELS:
            raise ValueError(f"max_channels is {self.max_channels}. Use 1 to {MOST_CHANNELS}.")

    def of_length(self, max_seconds: float) -> "DecodeLimits":
        """The same bounds for audio of another length."""
        return replace(self, max_seconds=max_seconds)

    def max_seconds_of(self, channels: int) -> float:
        """Longest audio, in seconds, of a source with this many channels."""
        return self.max_seconds * min(1.0, self.full_length_channels / channels)
