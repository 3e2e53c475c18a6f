"""Live Opus is decoded as it comes, in a child that is held to its limits whatever it is sent."""

import asyncio
import dataclasses
import itertools
import random

import numpy as np
import psutil
import pytest
from opus_streams import opus_packets, recorded
from signals import silence, vowels

from uas_signal.decode import decode
from uas_signal.errors import AudioTooLong, BadAudio, DecoderFailed, SignalError, UnsupportedMedia
from uas_signal.live import LiveDecoder
from uas_signal.live_protocol import LIVE_LIMITS, Encoding, LiveRequest
from uas_signal.opus import PacketDecoder, packet_samples

CUT_SAMPLES = 3_200


@pytest.fixture(scope="module")
def spoken() -> np.ndarray:
    return np.concatenate([silence(0.2), vowels(0.7), silence(0.3)])


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "uas_signal.live_worker" in child.cmdline()
    ]


async def heard(encoding: Encoding, messages: list[bytes]) -> tuple[int, np.ndarray]:
    """Samples of the source, and the sound."""
    decoder = LiveDecoder(encoding)
    try:
        answers = [await decoder.read(message) for message in messages]
        answers.append(await decoder.finish())
    finally:
        await decoder.close()
    sound = np.concatenate([each.samples for each in answers])
    return sum(each.source_samples for each in answers), sound


def likeness(late: np.ndarray, sound: np.ndarray) -> float:
    """Highest correlation with a sound that is up to 20 ms late."""
    size = len(sound) - 640
    return max(float(np.corrcoef(late[lag : lag + size], sound[:size])[0, 1]) for lag in range(320))


@pytest.mark.parametrize(
    ("frame_ms", "channels", "application"),
    [
        *((2.5, 1, "audio"), (5, 2, "audio"), (10, 1, "voip"), (20, 1, "voip"), (20, 2, "audio")),
        *((40, 2, "voip"), (60, 1, "voip"), (60, 2, "audio"), (120, 1, "voip")),
    ],
)
async def test_packets_become_the_sound_they_were(spoken, frame_ms, channels, application) -> None:
    packets = opus_packets(spoken, frame_ms=frame_ms, channels=channels, application=application)
    count, sound = await heard("opus", packets)
    assert count == len(packets) * frame_ms * 48
    assert len(sound) == pytest.approx(count / 3, abs=32)
    assert likeness(sound, spoken) > 0.9
    assert children() == []


@pytest.mark.parametrize("encoding", ["webm", "ogg"])
async def test_a_stream_of_bytes_is_what_the_file_is_however_it_is_cut(spoken, encoding) -> None:
    data = recorded(spoken, encoding, channels=2)
    whole = decode(data).samples
    dice = random.Random(1)
    for cuts in (1_000, 10, 0):
        edges = [0, *sorted(dice.sample(range(len(data)), cuts)), len(data)]
        messages = [data[start:end] for start, end in itertools.pairwise(edges)]
        count, sound = await heard(encoding, messages)
        np.testing.assert_allclose(sound, whole, atol=1e-6)
        assert count == pytest.approx(len(whole) * 3, abs=6)


async def test_what_has_come_is_heard_before_the_rest_is_there(spoken) -> None:
    data = recorded(spoken, "ogg")
    decoder = LiveDecoder("ogg")
    count = 0
    for start in range(0, len(data) - 3_000, 500):
        count += (await decoder.read(data[start : start + 500])).source_samples
    await decoder.close()
    assert count > 0
    assert children() == []


async def test_a_lost_packet_is_silence_as_long_as_the_one_before(spoken) -> None:
    packets = opus_packets(spoken)
    lossy = [*packets[:10], *[b""] * 10, *packets[20:]]
    count, sound = await heard("opus", lossy)
    assert count == len(packets) * 960
    middle = sound[int(0.25 * 16_000) : int(0.35 * 16_000)]
    assert np.abs(middle).max() < 1e-3
    _, unhurt = await heard("opus", packets)
    np.testing.assert_allclose(sound[-CUT_SAMPLES:], unhurt[-CUT_SAMPLES:], atol=0.05)


async def test_silence_is_silence() -> None:
    _, sound = await heard("opus", opus_packets(np.zeros(16_000, np.float32)))
    assert np.abs(sound).max() < 1e-3


@pytest.mark.parametrize(
    ("encoding", "message", "error"),
    [
        ("opus", b"", BadAudio),
        ("opus", b"\x03", BadAudio),
        ("opus", b"\x03\x00", BadAudio),
        ("opus", bytes([0x1B, 3]), BadAudio),  # 3 frames of 60 ms
        ("opus", b"\xff\xff" * 40, BadAudio),
        ("webm", b"OggS" * 1_000, UnsupportedMedia),
        ("ogg", b"no audio" * 1_000, UnsupportedMedia),
        ("ogg", b"Og", UnsupportedMedia),
        ("webm", b"\x1a\x45\xdf\xa3" * 1_000, BadAudio),
    ],
)
async def test_what_is_wrong_arrives(encoding, message, error) -> None:
    with pytest.raises(error):
        await heard(encoding, [message])
    assert children() == []


async def test_another_codec_is_refused(encode, spoken) -> None:
    vorbis = encode(spoken, 16_000, "ogg_vorbis")
    with pytest.raises(UnsupportedMedia, match="is not Opus"):
        await heard("ogg", [vorbis])


async def test_a_message_that_unpacks_to_too_much_is_refused(spoken) -> None:
    decoder = LiveDecoder("webm", dataclasses.replace(LIVE_LIMITS, max_seconds=0.5))
    with pytest.raises(AudioTooLong, match=r"more than 0\.5 s"):
        await decoder.read(recorded(spoken, "webm"))
    await decoder.close()


async def test_nothing_sent_starts_nothing() -> None:
    assert (await heard("opus", []))[0] == 0


async def test_a_child_that_dies_is_a_typed_error(spoken) -> None:
    decoder = LiveDecoder("opus")
    packets = opus_packets(spoken)
    await decoder.read(packets[0])
    children()[0].kill()
    with pytest.raises(DecoderFailed):
        await decoder.read(packets[1])
    with pytest.raises(DecoderFailed):
        await decoder.read(packets[2])
    await decoder.close()


async def test_closing_while_the_child_starts_leaves_none(spoken) -> None:
    decoder = LiveDecoder("opus")
    reading = asyncio.create_task(decoder.read(opus_packets(spoken)[0]))
    await asyncio.sleep(0)
    await decoder.close()
    with pytest.raises(DecoderFailed):
        await reading
    assert children() == []


def test_a_packet_says_how_long_it_is(spoken) -> None:
    for frame_ms in (2.5, 5, 10, 20, 40, 60, 80, 100, 120):
        packets = opus_packets(spoken, frame_ms=frame_ms)
        assert {packet_samples(packet) for packet in packets} == {frame_ms * 48}


def test_broken_packets_are_errors_or_sound_as_long_as_they_say(spoken, proving, evidence) -> None:
    packets, dice = opus_packets(spoken, channels=2), random.Random(1)
    cases, refused, decoder = proving(2_000, 200_000), 0, PacketDecoder()
    for _ in range(cases):
        packet = broken(dice.choice(packets), dice)
        try:
            samples, sound = decoder.decode(packet)
        except BadAudio:
            refused += 1
            continue
        assert 120 <= samples <= 5_760
        assert len(sound) <= samples + 960
        assert np.isfinite(sound).all()
    evidence("Fuzz", {"packets": cases, "refused": refused, "decoded": cases - refused})


async def test_a_broken_packet_ends_its_stream_and_no_other(spoken, proving, evidence) -> None:
    """A child that is sent broken packets says what is wrong; it never just dies."""
    packets, dice = opus_packets(spoken, channels=2), random.Random(3)
    streams = proving(8, 1_000)
    for _ in range(streams):
        messages = [broken(dice.choice(packets), dice) for _ in range(100)]
        with pytest.raises(SignalError) as refused:
            await heard("opus", messages)
        assert not isinstance(refused.value, DecoderFailed)
    assert children() == []
    evidence("Fuzz", {"streams of packets": streams, "refused": streams, "dead children": 0})


def broken(packet: bytes, dice: random.Random) -> bytes:
    kind = dice.randrange(4)
    if kind == 0:
        return dice.randbytes(dice.randrange(1, 1_500))
    if kind == 1:
        return packet[: dice.randrange(1, len(packet) + 1)]
    changed = bytearray(packet)
    for _ in range(dice.randrange(1, 9)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed) if kind == 2 else packet[:1] + bytes(changed)


async def test_broken_streams_are_errors_or_sound_and_never_more(spoken, proving, evidence) -> None:
    """A WebM or Ogg stream with bytes changed, cut out or made up, in any messages."""
    dice = random.Random(2)
    files = {kind: recorded(spoken, kind) for kind in ("webm", "ogg")}
    cases, sounds, errors = proving(8, 2_000), 0, 0
    for index in range(cases):
        encoding = "webm" if index % 2 else "ogg"
        data = bytearray(files[encoding])
        for _ in range(dice.randrange(1, 30)):
            at = dice.randrange(len(data))
            data[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        edges = [0, *sorted(dice.sample(range(len(data)), 5)), len(data)]
        messages = [bytes(data[start:end]) for start, end in itertools.pairwise(edges)]
        try:
            _, sound = await heard(encoding, messages)
        except SignalError:
            errors += 1
        else:
            sounds += 1
            assert np.isfinite(sound).all()
    assert sounds + errors == cases
    assert children() == []
    evidence("Fuzz", {"streams": cases, "decoded": sounds, "refused": errors})


async def test_a_long_stream_holds_no_more_than_a_short_one(spoken) -> None:
    limits = dataclasses.replace(LIVE_LIMITS, memory_bytes=1 << 25)
    request = LiveRequest("opus", limits)
    assert LiveRequest.load(request.dump()) == request
    packets = opus_packets(spoken)
    decoder = LiveDecoder("opus", limits)
    await decoder.read(packets[0])
    before = children()[0].memory_info().rss
    for packet in packets * 20:
        await decoder.read(packet)
    assert children()[0].memory_info().rss - before < 8 << 20
    await decoder.close()
