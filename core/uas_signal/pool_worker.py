"""A decoder child: ``python -m uas_signal.pool_worker`` decodes what comes in on stdin.

Before the first request it gives up the right to open anything, and for each request it bounds its
address space and its CPU time (``confinement``). It imports numpy, PyAV and soxr, and leaves when
its stdin closes.
"""

import contextlib
import os
from typing import BinaryIO

from uas_signal.confinement import bound, prepare_child
from uas_signal.decode import Decoder
from uas_signal.errors import DecoderFailed, SignalError
from uas_signal.limits import DecodeLimits
from uas_signal.pool_protocol import PREFIX, Request, dump_error, dump_source, frame


def main() -> None:
    """Serve requests until stdin ends."""
    requests = os.fdopen(0, "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the answers
    baseline_bytes = prepare_child()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = Request.load(_read(requests, PREFIX.unpack(_read(requests, PREFIX.size))[0]))
            bound(request.limits, baseline_bytes)
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


if __name__ == "__main__":
    main()
