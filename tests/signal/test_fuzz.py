"""Mutated files: no crash, no hang, and nothing but our own errors. Seed fixed."""

import asyncio
import random

import numpy as np
import pytest

from uas_signal.errors import SignalError
from uas_signal.limits import DecodeLimits
from uas_signal.pool import DecoderPool

SEED = 20_260_412
BOUNDARY = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
]
ONE_SECOND = DecodeLimits(cpu_s=1, wall_s=10.0)  # CPU time: the machine may be busy otherwise
AT_ONCE = 64


def mutate(rng: random.Random, seeds: list[bytes]) -> bytes:
    """One seed file with 1 to 64 changes, most of them near its beginning."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice([1, 1, 2, 4, 16, 64])):
        at = rng.randrange(min(len(data), rng.choice([64, 512, len(data)])) + 1)
        match rng.randrange(8):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                data[at : at + 1] = rng.choice([b"\0", b"\1", b"\x7f", b"\x80", b"\xff"])
            case 2:
                data[at : at + 4] = rng.choice(BOUNDARY)
            case 3:
                del data[at : at + rng.randrange(1, 256)]
            case 4:
                data[at:at] = rng.randbytes(rng.randrange(1, 64))
            case 5:
                start = rng.randrange(len(data) + 1)
                data[at:at] = data[start : start + rng.randrange(1, 2_048)]
            case 6:
                other = rng.choice(seeds)
                start = rng.randrange(len(other))
                data[at : at + 512] = other[start : start + 512]
            case 7:
                del data[at:]
    return bytes(data)


@pytest.fixture(scope="module")
def seeds(encode, clips: dict[str, bytes]) -> list[bytes]:
    """Every kind of file, mono and stereo, some at another rate."""
    noise = np.random.default_rng(SEED).standard_normal((24_000, 2)).astype(np.float32) * 0.1
    return [
        *clips.values(),
        *(encode(noise, 48_000, kind) for kind in clips),
        *(encode(noise[:, 0], 16_000, kind) for kind in clips),
    ]


async def test_mutated_files(seeds: list[bytes], proving, evidence) -> None:
    rng = random.Random(SEED)
    outcomes: dict[str, int] = {}

    async with DecoderPool(size=2, limits=ONE_SECOND) as pool:

        async def feed(data: bytes) -> None:
            try:
                waveform = await pool.decode(data)
            except SignalError as error:
                code = error.code
            else:
                code = "decoded"
                assert np.isfinite(waveform.samples).all()
                assert np.abs(waveform.samples).max() <= 1.0
            outcomes[code] = outcomes.get(code, 0) + 1

        for _ in range(proving(2_000, 100_000) // AT_ONCE + 1):
            await asyncio.gather(*(feed(mutate(rng, seeds)) for _ in range(AT_ONCE)))
    assert "decoder_failed" not in outcomes, outcomes
    tried = sum(outcomes.values())
    assert min(outcomes["decoded"], outcomes["bad_audio"]) > tried / 20
    evidence("Fuzz", {"files": tried, "crashes, or over 1 s of CPU": 0, **outcomes})
