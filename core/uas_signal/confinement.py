"""What a decoder child gives up before it reads a byte from strangers, and what it may use then.

Its table of descriptors is as full as its limit allows, so no file, socket or pipe can be opened
any more; address space and CPU time are bounded anew for each piece of work. The kernel enforces
all three.
"""

import contextlib
import io
import resource
import wave
from pathlib import Path

import av.logging

from uas_signal.decode import decode
from uas_signal.limits import DecodeLimits


def prepare_child() -> int | None:
    """Load what is loaded lazily, then allow no opening; gives `address_space_bytes`."""
    av.logging.set_level(None)
    _warm_up()
    baseline_bytes = address_space_bytes()
    forbid_opening()
    return baseline_bytes


def forbid_opening() -> None:
    """Allow no descriptor beyond those open now: files and sockets cannot be opened after this."""
    highest = max(int(name.name) for name in Path("/dev/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def bound(limits: DecodeLimits, baseline_bytes: int | None) -> None:
    """Set the address space and CPU time that may be used from now on."""
    if baseline_bytes is not None:
        _soft_limit(resource.RLIMIT_AS, baseline_bytes + limits.memory_bytes)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_s = usage.ru_utime + usage.ru_stime
    _soft_limit(resource.RLIMIT_CPU, int(used_s) + 1 + limits.cpu_s)


def address_space_bytes() -> int | None:
    """Address space in use; None where the system does not tell (not Linux)."""
    statm = Path("/proc/self/statm")
    with contextlib.suppress(OSError):
        return int(statm.read_text().split()[0]) * resource.getpagesize()
    return None


def _warm_up() -> None:
    """Decode a moment of silence: whatever is loaded lazily is loaded while it still can be."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 8_000, 0, "NONE", ""))
        writer.writeframes(bytes(8_000))
    decode(file.getvalue())


def _soft_limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))
