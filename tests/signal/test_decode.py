"""Good files decode to the right samples, whatever the container, rate and channels."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from uas_signal.decode import Decoder, decode
from uas_signal.errors import (
    AudioTooLong,
    AudioTooShort,
    BadSampleRate,
    EmptyAudio,
    TooManyChannels,
    UnsupportedMedia,
)
from uas_signal.limits import DecodeLimits
from uas_signal.sniff import Container

LOSSLESS = {"wav", "wav_float", "flac", "m4a_alac"}


def tone(hz: float, duration_s: float, rate_hz: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(duration_s * rate_hz)) / rate_hz)).astype(
        np.float32
    )


def similarity(samples: np.ndarray, expected: np.ndarray) -> float:
    """Best correlation of the middle second over shifts of up to 4 ms (codec delay)."""
    middle = slice(4_000, 20_000)
    return max(
        float(np.corrcoef(samples[4_000 + shift : 20_000 + shift], expected[middle])[0, 1])
        for shift in range(-64, 65)
    )


def test_every_kind_of_file_gives_the_same_clip(clips: dict[str, bytes]) -> None:
    expected = decode(clips["wav_float"]).samples
    for kind, data in clips.items():
        waveform = decode(data)
        assert waveform.source.channels == 1
        assert waveform.source.sample_rate_hz == 48_000
        assert waveform.samples.dtype == np.float32
        assert np.abs(waveform.samples).max() <= 1.0
        assert waveform.duration_s == pytest.approx(1.5, abs=0.05), kind
        assert similarity(waveform.samples, expected) > 0.995, kind
        if kind in LOSSLESS:
            np.testing.assert_allclose(waveform.samples, expected, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(
    rate_hz=st.one_of(
        st.sampled_from([8_000, 11_025, 22_050, 44_100]), st.integers(4_000, 192_000)
    ),
    channels=st.integers(1, 8),
)
def test_any_rate_and_channels_keep_time_and_pitch(rate_hz: int, channels: int) -> None:
    mono = tone(440, 0.5, rate_hz)
    file = io.BytesIO()
    soundfile.write(file, np.repeat(mono[:, None], channels, axis=1), rate_hz, format="WAV")
    waveform = decode(file.getvalue())
    assert waveform.source.channels == channels
    assert len(waveform.samples) == pytest.approx(8_000, abs=3)
    steady = waveform.samples[1_000:7_000]
    spectrum = np.abs(np.fft.rfft(steady * np.hanning(6_000)))
    assert np.argmax(spectrum) * 16_000 / 6_000 == pytest.approx(440, abs=3)
    assert np.abs(steady).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW"])
def test_sample_formats_have_the_same_scale(subtype: str) -> None:
    samples = tone(300, 0.5, 16_000)
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="WAV", subtype=subtype)
    np.testing.assert_allclose(decode(file.getvalue()).samples, samples, atol=0.02)


def test_channels_are_averaged(encode) -> None:
    left, right = tone(440, 0.5, 16_000), tone(1_000, 0.5, 16_000)
    decoded = decode(encode(np.stack([left, right], axis=1), 16_000, "flac")).samples
    np.testing.assert_allclose(decoded, (left + right) / 2, atol=1e-4)


def test_blocks_are_short_and_join_to_the_clip(clips: dict[str, bytes]) -> None:
    for data in clips.values():
        blocks = list(Decoder(data, DecodeLimits()).blocks())
        assert max(len(block) for block in blocks) < 16_000
        np.testing.assert_array_equal(np.concatenate(blocks), decode(data).samples)


def test_id3_tag_with_broken_text_is_no_obstacle(clips: dict[str, bytes]) -> None:
    text = b"\x03" + b"\xff\xfe\xfd broken"
    frame = b"TIT2" + len(text).to_bytes(4, "big") + b"\0\0" + text
    tag = b"ID3\x04\x00\x00\x00\x00\x00" + bytes([len(frame)]) + frame
    assert decode(tag + clips["mp3"]).duration_s == pytest.approx(1.5, abs=0.05)


def test_limits_name_the_value_and_the_fix(clips: dict[str, bytes], encode) -> None:
    data = clips["wav"]
    with pytest.raises(AudioTooLong, match=r"longer than 1 s.*Cut it"):
        decode(data, DecodeLimits(max_seconds=1.0))
    with pytest.raises(AudioTooShort, match=r"lasts 1\.5000 s; at least 2 s"):
        decode(data, DecodeLimits(min_seconds=2.0))
    with pytest.raises(BadSampleRate, match=r"48000 Hz; 4000 to 32000 Hz.*Resample"):
        decode(data, DecodeLimits(max_rate_hz=32_000))
    with pytest.raises(TooManyChannels, match=r"2 channels; 1 to 1 are read\. Mix it down"):
        decode(encode(np.zeros((800, 2)), 16_000, "wav"), DecodeLimits(max_channels=1))
    with pytest.raises(ValueError, match="max_channels is 9"):
        DecodeLimits(max_channels=9)


def test_length_is_decided_to_the_sample(encode) -> None:
    limits = DecodeLimits(max_seconds=1.0)
    assert decode(encode(np.zeros(16_000), 16_000, "flac"), limits).duration_s == 1.0
    with pytest.raises(AudioTooLong):
        decode(encode(np.zeros(16_001), 16_000, "flac"), limits)


def test_a_minute_is_not_longer_than_a_minute(encode) -> None:
    """The seconds of its frames add up to a little more."""
    clip = encode(np.zeros(60 * 16_000), 16_000, "wav")
    assert decode(clip, DecodeLimits(max_seconds=60.0)).duration_s == 60.0


@pytest.mark.parametrize("kind", ["mp3", "m4a_aac", "ogg_opus"])
def test_padding_of_the_codec_does_not_count_before_decoding(encode, kind: str) -> None:
    clip = encode(np.zeros(48_000), 48_000, kind)
    assert decode(clip, DecodeLimits(max_seconds=1.08)).duration_s == pytest.approx(1.0, abs=0.07)


def test_more_channels_share_the_time_of_two(encode) -> None:
    limits = DecodeLimits(max_seconds=1.0)
    eight = encode(np.zeros((8_000, 8)), 16_000, "flac")
    with pytest.raises(AudioTooLong, match=r"longer than 0\.25 s, the most for 8 channel"):
        decode(eight, limits)
    assert decode(encode(np.zeros((16_000, 2)), 16_000, "flac"), limits).duration_s == 1.0


def test_a_file_without_samples_is_empty(encode) -> None:
    with pytest.raises(EmptyAudio, match="no audio samples"):
        decode(encode(np.zeros(0), 16_000, "wav"))


def test_a_codec_that_is_not_read_is_unsupported(clips: dict[str, bytes]) -> None:
    wav = bytearray(clips["wav"])
    wav[20:22] = b"\x61\x01"  # the header now says WMA 2
    with pytest.raises(UnsupportedMedia, match="audio codec in this WAV file"):
        decode(bytes(wav))


def test_containers_are_reported(clips: dict[str, bytes]) -> None:
    assert decode(clips["webm_opus"]).source.container is Container.WEBM
    assert decode(clips["m4a_aac"]).source.container is Container.M4A
