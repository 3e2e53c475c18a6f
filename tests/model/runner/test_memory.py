"""Memory that was given up is the system's again."""

import sys
from pathlib import Path

import pytest

from uas_model.runner.memory import give_back

BLOCK_BYTES = 100_000  # below what malloc maps apart
MIB = 1 << 20


def anonymous_bytes() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_holes_are_given_back() -> None:
    blocks = [bytearray(BLOCK_BYTES) for _ in range(1_000)]
    for block in blocks:
        block[::4096] = b"x" * len(block[::4096])
    held = anonymous_bytes()
    kept = blocks[::100]  # so that the holes are no end of the heap
    del blocks, block
    give_back()
    assert anonymous_bytes() < held - 60 * MIB
    assert len(kept) == 10
