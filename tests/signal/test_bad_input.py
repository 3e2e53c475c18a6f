"""Audio that is empty, lies about itself, or means harm: refused by name, promptly, or decoded.

In-process, so that a crash would end the test run; the pool's own tests hold the children.
"""

import struct
import time
from collections.abc import Callable

import numpy as np
import pytest

from uas_signal.decode import Waveform, decode
from uas_signal.errors import (
    AudioTooLong,
    AudioTooShort,
    BadAudio,
    BadSampleRate,
    EmptyAudio,
    NonFiniteAudio,
    SignalError,
    TooManyChannels,
)
from uas_signal.limits import DecodeLimits

TRUNCATED = ["wav", "flac", "mp3", "ogg_vorbis", "ogg_opus", "webm_opus", "m4a_aac"]


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of a call: what the machine is doing otherwise does not count."""
    start_s = time.process_time()
    work()
    return time.process_time() - start_s


def checked(data: bytes) -> Waveform | SignalError:
    """Decode, and see that whatever comes is fit for use."""
    try:
        waveform = decode(data)
    except SignalError as error:
        return error
    assert np.isfinite(waveform.samples).all()
    assert np.abs(waveform.samples).max() <= 1.0
    assert waveform.duration_s >= 0.05
    return waveform


# Empty or lying


@pytest.mark.parametrize("kind", TRUNCATED)
def test_truncated_at_64_offsets(clips: dict[str, bytes], kind: str, evidence) -> None:
    data, decoded = clips[kind], 0
    for step in range(64):
        outcome = checked(data[: len(data) * step // 64])
        if step == 0:
            assert isinstance(outcome, EmptyAudio)
        if isinstance(outcome, Waveform):
            assert outcome.duration_s <= 1.6
            decoded += 1
    evidence("Empty", {"decoded": decoded, "refused": 64 - decoded})


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "webm_opus"])
def test_the_good_part_of_a_truncated_file_is_used(clips: dict[str, bytes], kind: str) -> None:
    half = decode(clips[kind][: len(clips[kind]) // 2])
    assert half.duration_s == pytest.approx(0.75, abs=0.15)


def test_a_header_that_says_4_gb(clips: dict[str, bytes]) -> None:
    for declared in (0xFFFFFFFF, 0xFFFFFFF0, 0x7FFFFFFF):
        wav = bytearray(clips["wav"])
        struct.pack_into("<I", wav, 4, declared)
        struct.pack_into("<I", wav, 40, declared)
        assert decode(bytes(wav)).duration_s == 1.5


def test_a_flac_header_that_says_12_hours(clips: dict[str, bytes]) -> None:
    flac = bytearray(clips["flac"])
    flac[21] |= 0x0F  # the 36 bits of the sample count
    flac[22:26] = b"\xff\xff\xff\xff"
    assert decode(bytes(flac)).duration_s == pytest.approx(1.5, abs=0.01)


def test_an_mp4_atom_that_says_more_than_there_is(clips: dict[str, bytes]) -> None:
    for at in range(len(clips["m4a_aac"]) - 8):
        if clips["m4a_aac"][at + 4 : at + 8] in {b"moov", b"mdat", b"stsz", b"stts", b"stco"}:
            lying = bytearray(clips["m4a_aac"])
            struct.pack_into(">I", lying, at, 0x7FFFFFFF)
            checked(bytes(lying))


@pytest.mark.parametrize("junk", [bytes(20_000), b"\xff" * 20_000, b"TAG and some text " * 1_000])
def test_trailing_junk_is_ignored(clips: dict[str, bytes], junk: bytes) -> None:
    for kind, data in clips.items():
        assert decode(data + junk).duration_s == pytest.approx(1.5, abs=0.04), kind


def test_chained_ogg_is_joined(clips: dict[str, bytes], encode) -> None:
    vorbis, opus = clips["ogg_vorbis"], clips["ogg_opus"]
    other_rate = encode(np.zeros(44_100), 44_100, "ogg_vorbis")
    stereo = encode(np.zeros((48_000, 2)), 48_000, "ogg_vorbis")
    for chain, seconds in [
        (vorbis + vorbis, 3.0),
        (vorbis + opus + vorbis, 4.5),
        (other_rate + vorbis, 2.5),
        (vorbis + stereo, 2.5),
    ]:
        assert decode(chain).duration_s == pytest.approx(seconds, abs=0.02)


def test_splinters_are_refused_before_the_demuxer_chews_on_them(clips: dict[str, bytes]) -> None:
    wav = clips["wav"][:36] + bytes(8) * 200_000 + clips["wav"][36:]
    with pytest.raises(BadAudio, match="more than 1000 chunks"):
        decode(wav)
    with pytest.raises(BadAudio, match="more page headers than fit"):
        decode(clips["ogg_opus"] + b"OggS\0" * 200_000)
    with pytest.raises(BadAudio, match="chains more than 1000 streams"):
        decode(clips["ogg_opus"] * 1_002)


def test_25_mb_of_zeros_behind_a_wav_cost_nothing(clips: dict[str, bytes]) -> None:
    padded = clips["wav"] + bytes(25 << 20)
    assert cpu_seconds(lambda: decode(padded)) < 0.5


# Bombs


@pytest.mark.parametrize(
    ("kind", "rate_hz", "minutes"),
    [
        ("flac", 44_100, 60),
        ("ogg_vorbis", 16_000, 60),
        ("ogg_opus", 48_000, 60),
        ("webm_opus", 48_000, 11),  # these encoders are slow: just over the limit
        ("mp3", 16_000, 11),
        ("m4a_aac", 16_000, 11),
    ],
)
def test_hours_of_silence_are_refused_in_under_a_second(
    encode, kind: str, rate_hz: int, minutes: int, evidence
) -> None:
    bomb = encode(np.zeros(minutes * 60 * rate_hz, np.float32), rate_hz, kind)

    def refuse() -> None:
        with pytest.raises(AudioTooLong, match="longer than 600 s"):
            decode(bomb)

    spent_s = cpu_seconds(refuse)
    assert spent_s < 1.0
    evidence("Bombs", {"bytes": len(bomb), "CPU seconds": round(spent_s, 3)})


def test_an_hour_of_noise_in_opus_is_refused_in_under_a_second(encode) -> None:
    minute = np.random.default_rng(0).standard_normal(60 * 48_000).astype(np.float32) * 0.1
    bomb = encode(minute, 48_000, "ogg_opus") * 60

    def refuse() -> None:
        with pytest.raises(AudioTooLong):
            decode(bomb)

    assert cpu_seconds(refuse) < 1.0


def test_ten_minutes_in_8_channels_are_refused_in_under_a_second(encode) -> None:
    bomb = encode(np.zeros((600 * 48_000, 8), np.int16), 48_000, "flac")
    assert len(bomb) < 300_000

    def refuse() -> None:
        with pytest.raises(AudioTooLong, match="150 s, the most for 8 channel"):
            decode(bomb)

    assert cpu_seconds(refuse) < 1.0


# Odd signals


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 7_999])
def test_samples_that_are_no_numbers(encode, value: float, at: int) -> None:
    samples = np.zeros(8_000, np.float32)
    samples[at] = value
    with pytest.raises(NonFiniteAudio, match="NaN or infinite"):
        decode(encode(samples, 16_000, "wav_float"))


@pytest.mark.parametrize(
    ("value", "peak"), [(1e30, 1.0), (-1e30, 1.0), (3e38, 1.0), (1e-40, 1e-39), (1.0, 1.0)]
)
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_huge_denormal_and_constant_samples(
    encode, value: float, peak: float, rate_hz: int
) -> None:
    samples = np.full((rate_hz // 2, 2), value, np.float32)
    waveform = decode(encode(samples, rate_hz, "wav_float"))
    assert waveform.duration_s == pytest.approx(0.5, abs=1e-3)
    assert np.abs(waveform.samples).max() <= peak


def test_square_wave_stays_within_bounds(encode) -> None:
    square = np.sign(np.sin(np.arange(22_050) / 30)).astype(np.float32)
    decoded = decode(encode(square, 44_100, "wav_float")).samples
    assert np.abs(decoded).max() <= 1.0


def test_silence_is_audio(encode) -> None:
    assert not decode(encode(np.zeros(16_000), 16_000, "wav")).samples.any()


def test_one_sample_is_too_short(encode) -> None:
    with pytest.raises(AudioTooShort, match=r"lasts 0\.0001 s; at least 0\.05 s"):
        decode(encode(np.zeros(1), 16_000, "wav"))


def test_255_channels(encode) -> None:
    with pytest.raises(TooManyChannels, match="255 channels; 1 to 8"):
        decode(encode(np.zeros((800, 255)), 16_000, "wav"))


def test_rates_out_of_range(encode, clips: dict[str, bytes]) -> None:
    with pytest.raises(BadSampleRate, match="384000 Hz; 4000 to 192000 Hz"):
        decode(encode(np.zeros(38_400), 384_000, "wav"))
    for rate_hz in (0, 1, 0xFFFFFFFF):
        wav = bytearray(clips["wav"])
        struct.pack_into("<I", wav, 24, rate_hz)
        with pytest.raises((BadSampleRate, BadAudio)):
            decode(bytes(wav))


def test_channels_that_change_on_the_way(encode) -> None:
    """8 planar channels, of which PyAV 18's own ``to_ndarray`` reads one too many, and then 1."""
    layouts = np.zeros((24_000, 8), np.float32), np.zeros(24_000, np.float32)
    chain = b"".join(encode(samples, 48_000, "ogg_vorbis") for samples in layouts)
    assert decode(chain, DecodeLimits()).duration_s == pytest.approx(1.0, abs=0.02)
