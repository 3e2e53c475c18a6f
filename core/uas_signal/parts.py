"""Cuts a file into the stretches that a demuxer can read well, each on its own.

Chained OGG (radio recordings, joined files) is several streams one behind the other, of which
FFmpeg loses those whose codec settings differ from the first. In a WAV it goes on looking for
chunks behind the samples, and takes seconds over a tail of zeros. Both are settled here, by walking
the file's own units. Sizes that the file declares move a position; they never allocate.
"""

import itertools
from collections.abc import Iterator

from uas_signal.errors import BadAudio
from uas_signal.sniff import Container
from uas_signal.stored import Bytes

MOST_CHUNKS = 1_000  # before the samples of a WAV; real files have two to ten
MOST_STREAMS = 1_000  # in a chained OGG
PAGE_HEADER_BYTES = 27
_BEGINS_STREAM = 2


def parts(data: Bytes, container: Container) -> list[tuple[int, int]]:
    """Start and end of one or more whole files of the same container, to be decoded in turn.

    Raises:
        BadAudio: the file is splintered beyond what any recorder writes.
    """
    if container is Container.WAV:
        return [(0, min(_end_of_samples(data), len(data)))]
    if container is Container.OGG:
        starts = [0, *_later_streams(data), len(data)]
        return list(itertools.pairwise(starts))
    return [(0, len(data))]


def _end_of_samples(data: Bytes) -> int:
    """Offset behind the first data chunk of a WAV; the end of the file where there is none."""
    at = 12  # RIFF, size, WAVE
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            return len(data)
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            return at + 8 + size if size else len(data)  # 0: a recorder that never came back
        at += 8 + size + size % 2
    raise BadAudio(f"This WAV has more than {MOST_CHUNKS} chunks before its samples. Export again.")


def _later_streams(data: Bytes) -> list[int]:
    """Offsets at which a chained OGG begins anew."""
    if data.count(b"OggS") * PAGE_HEADER_BYTES > len(data):
        raise BadAudio("This OGG has more page headers than fit into it. Export again.")
    starts = []
    in_stream = False
    for at in _pages(data):
        begins = bool(data[at + 5] & _BEGINS_STREAM)
        if begins and in_stream:
            starts.append(at)
        in_stream = not begins
    if len(starts) > MOST_STREAMS:
        raise BadAudio(f"This OGG chains more than {MOST_STREAMS} streams. Send fewer.")
    return starts


def _pages(data: Bytes) -> Iterator[int]:
    """Offsets of the pages of an OGG."""
    at = data.find(b"OggS")
    while 0 <= at <= len(data) - PAGE_HEADER_BYTES:
        yield at
        lacing_end = at + PAGE_HEADER_BYTES + data[at + 26]
        at = data.find(b"OggS", lacing_end + sum(data[at + PAGE_HEADER_BYTES : lacing_end]))
