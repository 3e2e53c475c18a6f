"""How many positions a clip takes in the language model's input.

`audio_token_count` is the arithmetic of `AudioFlamingo3Processor`, and of Qwen2-Audio and
Qwen2.5-Omni: 100 mel frames a second, halved by the encoder's second convolution and halved again
by its pooling, which leaves 25 tokens a second. `COUNTS` has those of other families too.
"""

from collections.abc import Callable, Mapping

from uas_schema.prompts import AudioCount

SAMPLE_RATE_HZ = 16_000
HOP_SAMPLES = 160
TOKENS_PER_SECOND = 25
WINDOW_S = 30

_WINDOW_FRAMES = 100
_WINDOW_TOKENS = 13


def mel_frame_count(n_samples: int) -> int:
    """Mel frames that hold samples of a clip at 16 kHz: one per started hop of 160."""
    return -(-n_samples // HOP_SAMPLES)


def audio_token_count(n_samples: int) -> int:
    """Audio tokens of a clip of `n_samples` at 16 kHz; 0 for clips under three frames (20 ms)."""
    convolved = (mel_frame_count(n_samples) - 1) // 2 + 1
    return (convolved - 2) // 2 + 1


def windowed_token_count(n_samples: int) -> int:
    """Audio tokens of a clip where the encoder takes seconds apart: 13 each, the rest by eighths.

    So does the encoder of Qwen3-Omni, Qwen3-ASR and the published UAS-Audio. Some of their
    processors drop a last hop that is not whole; this counts it.
    """
    seconds, frames = divmod(mel_frame_count(n_samples), _WINDOW_FRAMES)
    for _ in range(3):
        frames = (frames + 1) // 2
    return seconds * _WINDOW_TOKENS + frames


COUNTS: Mapping[AudioCount, Callable[[int], int]] = {
    "pooled": audio_token_count,
    "windowed": windowed_token_count,
}
"""Tokens of a clip of so many samples, by the name that a prompt family gives."""
