"""Clips made of numbers: tones, files of samples, and such a file in a chat."""

import base64
import io

import numpy as np
import soundfile


def tone(seconds: float = 1.0, rate_hz: int = 16_000) -> np.ndarray:
    """A 440 Hz tone, float32 [T]."""
    at_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.3 * np.sin(2 * np.pi * 440 * at_s)).astype(np.float32)


def encoded(samples: np.ndarray, rate_hz: int = 16_000, kind: str = "WAV") -> bytes:
    """A file of these samples."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=kind)
    return file.getvalue()


def audio_part(clip: bytes, kind: str = "wav") -> dict:
    """A file as a content part of a chat."""
    data = base64.b64encode(clip).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": kind}}
