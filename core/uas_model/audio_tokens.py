"""How many positions a clip takes in the language model's input.

The same arithmetic as `AudioFlamingo3Processor`: 100 mel frames a second, halved by the encoder's
second convolution and halved again by its pooling, which leaves 25 tokens a second.
"""

SAMPLE_RATE_HZ = 16_000
HOP_SAMPLES = 160
TOKENS_PER_SECOND = 25
WINDOW_S = 30


def mel_frame_count(n_samples: int) -> int:
    """Mel frames that hold samples of a clip at 16 kHz: one per started hop of 160."""
    return -(-n_samples // HOP_SAMPLES)


def audio_token_count(n_samples: int) -> int:
    """Audio tokens of a clip of `n_samples` at 16 kHz; 0 for clips under three frames (20 ms)."""
    convolved = (mel_frame_count(n_samples) - 1) // 2 + 1
    return (convolved - 2) // 2 + 1
