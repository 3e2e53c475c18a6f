"""Clips that are empty, lie, harm, or are none; and odd ones that are answered all the same."""

import io
import struct
import wave
import zipfile

import numpy as np
from clips import encoded, tone


def wav(samples: np.ndarray, rate_hz: int = 16_000, channels: int = 1) -> bytes:
    """16-bit WAV written without a library's checks."""
    data = samples.astype("<i2").tobytes()
    kind = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * channels * 2, channels * 2, 16)
    body = (
        b"WAVEfmt " + struct.pack("<I", 16) + kind + b"data" + struct.pack("<I", len(data)) + data
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lying_wav() -> bytes:
    """Says that it holds 4 GB; holds half a second."""
    file = bytearray(encoded(tone(0.5)))
    file[4:8] = file[40:44] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(file)


def silent_flac(seconds: int, channels: int) -> bytes:
    return encoded(np.zeros((seconds * 16_000, channels), np.float32), kind="FLAC")


def float_wav(samples: list[float]) -> bytes:
    values = np.tile(np.array(samples, "<f4"), 4_000)
    kind = struct.pack("<HHIIHH", 3, 1, 16_000, 64_000, 4, 32)
    data = values.tobytes()
    body = (
        b"WAVEfmt " + struct.pack("<I", 16) + kind + b"data" + struct.pack("<I", len(data)) + data
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        opened.writestr("clip.wav", encoded(tone()))
    return file.getvalue()


def no_frames() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 16_000, 0, "NONE", ""))
    return file.getvalue()


REFUSED = {
    "no bytes": (lambda: b"", 422, "empty_audio"),
    "no frames": (no_frames, 422, "empty_audio"),
    "one sample": (lambda: wav(np.zeros(1)), 422, "audio_too_short"),
    "an hour of FLAC silence": (lambda: silent_flac(3600, 1), 413, "audio_too_long"),
    "ten minutes of eight channels": (lambda: silent_flac(600, 8), 413, "audio_too_long"),
    "NaN": (lambda: float_wav([0.1, float("nan")]), 422, "non_finite_audio"),
    "infinity": (lambda: float_wav([0.1, float("inf")]), 422, "non_finite_audio"),
    "384 kHz": (lambda: wav(np.zeros(40_000), 384_000), 422, "unsupported_sample_rate"),
    "rate 0": (lambda: wav(np.zeros(4_000), 0), 422, None),
    "255 channels": (lambda: wav(np.zeros(255 * 400), channels=255), 422, "too_many_channels"),
    "text": (lambda: b"This is no audio at all. " * 40, 415, "unsupported_media_type"),
    "PDF": (lambda: b"%PDF-1.7\n" + b"x" * 999, 415, "unsupported_media_type"),
    "ZIP": (archive, 415, "unsupported_media_type"),
    "HTML": (lambda: b"<!doctype html><script>1</script>", 415, "unsupported_media_type"),
    "ELF": (lambda: b"\x7fELF" + bytes(999), 415, "unsupported_media_type"),
    "m3u8": (lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", 415, "unsupported_media_type"),
    "concat": (lambda: b"concat:/etc/passwd|/etc/hosts", 415, "unsupported_media_type"),
}
TAKEN = {
    "silence": lambda: encoded(np.zeros(16_000, np.float32)),
    "a constant": lambda: encoded(np.full(16_000, 0.5, np.float32)),
    "a square": lambda: encoded(np.sign(tone()) * 0.9),
    "denormals": lambda: float_wav([1e-40, -1e-40]),
    "huge samples": lambda: float_wav([1e30, -1e30]),
    "a lying header": lying_wav,
    "junk at the end": lambda: encoded(tone()) + b"junk" * 999,
}
