"""Audio in, numbers out: bounded decoding, resampling, log-mel features, voice activity, cutting.

Everything here works on mono float32 samples at 16 kHz once decoded. The package knows nothing of
models, documents or HTTP, and imports no torch.
"""

SAMPLE_RATE_HZ = 16_000
"""The one sample rate that everything after decoding works at."""
