"""Memory that was given up is the system's again, and what is kept for a length has a bound."""

import os
import subprocess
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


GROWTH = """
from uas_model.runner.memory import give_back, keep_few_kernels
keep_few_kernels()
import torch
from test_memory import anonymous_bytes
from uas_model.runner.linear import PackedLinear
layers = [PackedLinear(torch.zeros(96, 64), None), PackedLinear(torch.zeros(64, 64), None)]
with torch.inference_mode():
    for rows in range(8, 248):
        for layer in layers:
            layer(torch.zeros(rows, 64).bfloat16())
        if rows == 127:
            give_back()
            held = anonymous_bytes()
give_back()
print(anonymous_bytes() - held)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_kept_for_every_length_has_a_bound() -> None:
    """Growth over 120 new lengths after as many others; 136 MiB with PyTorch's own bounds."""
    path = os.pathsep.join([*sys.path, str(Path(__file__).parent)])
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", GROWTH],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 4 * MIB
