"""A decoder child for one long file: its stdin is the open file, its argument a `StreamRequest`.

It is confined like every decoder child (``confinement``), with the CPU time of a request's file for
each minute of audio. Nothing is read ahead: it waits while nobody takes its samples.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.confinement import bound, prepare_child
from uas_signal.decode import Decoder
from uas_signal.errors import DecoderFailed, SignalError
from uas_signal.pool_protocol import dump_error, dump_source, frame
from uas_signal.stored import StoredBytes
from uas_signal.stream_protocol import StreamRequest, dump_head

_BOUNDED_SAMPLES = 60 * SAMPLE_RATE_HZ
_FRAME_SAMPLES = SAMPLE_RATE_HZ


def main() -> None:
    """Answer the one request."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the answers
    request = StreamRequest.load(sys.argv[1])
    baseline_bytes = prepare_child()
    with contextlib.suppress(BrokenPipeError):
        _answer(request, baseline_bytes, answers)
        answers.flush()


def _answer(request: StreamRequest, baseline_bytes: int | None, answers: BinaryIO) -> None:
    try:
        bound(request.limits, baseline_bytes)
        decoder = Decoder(StoredBytes(0), request.limits)
        answers.write(frame(dump_head(decoder)))
        answers.flush()
        if request.skip_samples is None:
            return
        for block in _blocks(decoder, request, baseline_bytes):
            answers.write(frame(block.tobytes()))
        answers.write(frame(b"") + frame(dump_source(decoder.source)))
    except SignalError as error:
        answers.write(frame(b"") + frame(dump_error(error)))
    except BrokenPipeError:
        raise
    except Exception:  # a file must not be able to end the child with an exception
        failed = DecoderFailed("The decoder gave up on this file. Re-encode it.")
        answers.write(frame(b"") + frame(dump_error(failed)))


def _blocks(
    decoder: Decoder, request: StreamRequest, baseline_bytes: int | None
) -> Iterator[NDArray[np.float32]]:
    """What lies behind the samples to skip, in blocks of about a second."""
    skip = request.skip_samples or 0
    done = bounded = waiting = 0
    blocks: list[NDArray[np.float32]] = []
    for block in decoder.blocks():
        if done - bounded >= _BOUNDED_SAMPLES:
            bound(request.limits, baseline_bytes)
            bounded = done
        wanted = block[max(0, skip - done) :]
        done += len(block)
        waiting += len(wanted)
        blocks.append(wanted)
        if waiting >= _FRAME_SAMPLES:
            yield np.concatenate(blocks)
            blocks, waiting = [], 0
        elif not waiting:
            blocks.clear()
    if waiting:
        yield np.concatenate(blocks)


if __name__ == "__main__":
    main()
