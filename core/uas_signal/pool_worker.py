"""A decoder child: ``python -m uas_signal.pool_worker`` decodes what comes in on stdin.

Before the first request it gives up the right to open anything: its table of descriptors is as
full as its limit allows, so no file, socket or pipe can be opened any more. For each request it
bounds its address space and its CPU time; the kernel enforces both. It imports numpy, PyAV and
soxr, and leaves when its stdin closes.
"""

import contextlib
import io
import os
import resource
import wave
from pathlib import Path
from typing import BinaryIO

import av.logging

from uas_signal.decode import Decoder, decode
from uas_signal.errors import DecoderFailed, SignalError
from uas_signal.limits import DecodeLimits
from uas_signal.pool_protocol import PREFIX, Request, dump_error, dump_source, frame


def main() -> None:
    """Serve requests until stdin ends."""
    requests = os.fdopen(0, "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the answers
    av.logging.set_level(None)
    _warm_up()
    baseline_bytes = _address_space_bytes()
    forbid_opening()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = Request.load(_read(requests, PREFIX.unpack(_read(requests, PREFIX.size))[0]))
            _bound(request.limits, baseline_bytes)
            data = _read(requests, request.size_bytes)
            answers.write(frame(b"") + frame(_answer(data, request.limits, answers)))
            answers.flush()


def _answer(data: bytes, limits: DecodeLimits, answers: BinaryIO) -> bytes:
    """Write the samples as they come; returns the last frame's JSON."""
    try:
        decoder = Decoder(data, limits)
        for block in decoder.blocks():
            if len(block):
                answers.write(frame(block.tobytes()))
        return dump_source(decoder.source)
    except SignalError as error:
        return dump_error(error)
    except BrokenPipeError:
        raise
    except Exception:  # a file must not be able to end the child with an exception
        return dump_error(DecoderFailed("The decoder gave up on this file. Re-encode it."))


def _read(stream: BinaryIO, size: int) -> bytes:
    """Exactly ``size`` bytes."""
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _warm_up() -> None:
    """Decode a moment of silence: whatever is loaded lazily is loaded while it still can be."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 8_000, 0, "NONE", ""))
        writer.writeframes(bytes(8_000))
    decode(file.getvalue())


def forbid_opening() -> None:
    """Allow no descriptor beyond those open now: files and sockets cannot be opened after this."""
    highest = max(int(name.name) for name in Path("/dev/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _bound(limits: DecodeLimits, baseline_bytes: int | None) -> None:
    """Set the address space and CPU time that the next request may use."""
    if baseline_bytes is not None:
        _soft_limit(resource.RLIMIT_AS, baseline_bytes + limits.memory_bytes)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_s = usage.ru_utime + usage.ru_stime
    _soft_limit(resource.RLIMIT_CPU, int(used_s) + 1 + limits.cpu_s)


def _soft_limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))


def _address_space_bytes() -> int | None:
    """Address space in use; None where the system does not tell (not Linux)."""
    statm = Path("/proc/self/statm")
    with contextlib.suppress(OSError):
        return int(statm.read_text().split()[0]) * resource.getpagesize()
    return None


if __name__ == "__main__":
    main()
