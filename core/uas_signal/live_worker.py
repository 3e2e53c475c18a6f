"""A decoder child for one live stream: messages on stdin, an answer to each on stdout.

It is confined like every decoder child (``confinement``), with a bound of CPU time for each minute
of audio. A container's demuxer reads as it likes; a message is answered when it wants the next one.
"""

import contextlib
import os
import sys
from typing import BinaryIO

from uas_signal.confinement import bound, prepare_child
from uas_signal.errors import AudioTooLong, DecoderFailed, SignalError
from uas_signal.limits import DecodeLimits
from uas_signal.live_protocol import CONTAINERS, COUNT, LiveRequest
from uas_signal.opus import RATE_HZ, Block, PacketDecoder, joined, stream_blocks
from uas_signal.pool_protocol import PREFIX, dump_error, frame
from uas_signal.resample import Resampler

_BOUNDED_SAMPLES = 60 * RATE_HZ


def main() -> None:
    """Answer messages until stdin ends."""
    requests = os.fdopen(0, "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the answers
    request = LiveRequest.load(sys.argv[1])
    baseline_bytes = prepare_child()
    with contextlib.suppress(BrokenPipeError):
        _answer(request, baseline_bytes, requests, answers)
        answers.flush()


def _answer(
    request: LiveRequest, baseline_bytes: int | None, requests: BinaryIO, answers: BinaryIO
) -> None:
    try:
        talk = _Talk(request.limits, baseline_bytes, requests, answers)
        if request.encoding in CONTAINERS:
            for block in stream_blocks(talk, CONTAINERS[request.encoding]):
                talk.add(len(block), block)
        else:
            decoder = PacketDecoder()
            while (message := talk.next()) is not None:
                talk.add(*decoder.decode(message))
        talk.end()
    except SignalError as error:
        answers.write(frame(b"") + frame(dump_error(error)))
    except BrokenPipeError:
        raise
    except Exception:  # a stream must not be able to end the child with an exception
        failed = DecoderFailed("The decoder gave up on this stream. Start a new one.")
        answers.write(frame(b"") + frame(dump_error(failed)))


class _Talk:
    """The messages, one at a time, and what has become of the one before; a file to a demuxer."""

    def __init__(
        self,
        limits: DecodeLimits,
        baseline_bytes: int | None,
        requests: BinaryIO,
        answers: BinaryIO,
    ) -> None:
        self._limits = limits
        self._baseline_bytes = baseline_bytes
        self._requests, self._answers = requests, answers
        self._resampler = Resampler(RATE_HZ)
        self._blocks: list[Block] = []
        self._samples = 0  # of the message that is being read
        self._bounded = _BOUNDED_SAMPLES  # that were decoded since CPU time was bounded
        self._left = b""
        self._is_first = True

    def add(self, samples: int, block: Block) -> None:
        """Take what was decoded. Raises `AudioTooLong`."""
        self._samples += samples
        if self._samples > self._limits.max_seconds * RATE_HZ:
            raise AudioTooLong(
                f"A message holds more than {self._limits.max_seconds:g} s of audio. "
                "Send it in parts, as it is recorded."
            )
        self._blocks.append(self._resampler.push(block))

    def next(self) -> bytes | None:
        """The next message, once the one before was answered; None at the end."""
        if not self._is_first:
            self._say()
        self._is_first = False
        if self._bounded >= _BOUNDED_SAMPLES:
            bound(self._limits, self._baseline_bytes)
            self._bounded = 0
        prefix = self._requests.read(PREFIX.size)
        if len(prefix) < PREFIX.size:
            return None
        return self._requests.read(PREFIX.unpack(prefix)[0])

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of the messages as one file; none at their end."""
        while not self._left:
            message = self.next()
            if message is None:
                self._is_first = True  # there is nothing to answer any more
                return b""
            self._left = message
        piece, self._left = self._left[:size], self._left[size:]
        return piece

    def end(self) -> None:
        """Say what is left."""
        self._blocks.append(self._resampler.flush())
        self._say()

    def _say(self) -> None:
        answer = joined(self._blocks).clip(-1.0, 1.0)
        self._answers.write(frame(COUNT.pack(self._samples) + answer.tobytes()))
        self._answers.flush()
        self._bounded += self._samples
        self._blocks, self._samples = [], 0


if __name__ == "__main__":
    main()
