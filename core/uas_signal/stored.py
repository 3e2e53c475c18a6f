"""A file's bytes, in memory or on disk, seen the same way: length, slices, search, a reader.

What is on disk stays there: a slice reads just its bytes. Knows nothing of audio.
"""

import io
import os
from typing import Protocol, overload

_BLOCK_BYTES = 1 << 16


class Bytes(Protocol):
    """What `bytes` and `StoredBytes` have in common, as far as containers need it."""

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: int, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> bytes: ...
    def find(self, wanted: bytes, start: int = 0, /) -> int:
        """Offset of the first occurrence at or behind `start`; -1 where there is none."""
        ...

    def count(self, wanted: bytes, /) -> int:
        """How often it occurs, without overlaps."""
        ...


class StoredBytes:
    """The bytes of an open file, of which one block at a time is in memory.

    The file must not change while it is read.
    """

    def __init__(self, descriptor: int) -> None:
        """Read from a descriptor, which stays the caller's to close."""
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._block = b""
        self._block_start = 0

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, key: int, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> bytes: ...
    def __getitem__(self, key: int | slice, /) -> int | bytes:
        if isinstance(key, int):
            return self._read(key, 1)[0]
        start, end, _ = key.indices(self._size)
        return self._read(start, max(0, end - start))

    def find(self, wanted: bytes, start: int = 0, /) -> int:
        """Offset of the first occurrence at or behind `start`; -1 where there is none."""
        overlap = len(wanted) - 1
        while start < self._size:
            at = self._read(start, _BLOCK_BYTES + overlap).find(wanted)
            if at >= 0:
                return start + at
            start += _BLOCK_BYTES
        return -1

    def count(self, wanted: bytes, /) -> int:
        """How often it occurs, without overlaps."""
        found = 0
        at = self.find(wanted)
        while at >= 0:
            found += 1
            at = self.find(wanted, at + len(wanted))
        return found

    def _read(self, start: int, size: int) -> bytes:
        """Up to `size` bytes; small ones come from the block that is in memory."""
        if size > _BLOCK_BYTES // 2:
            return os.pread(self._descriptor, size, start)
        offset = start - self._block_start
        if not 0 <= offset <= len(self._block) - size:
            self._block = os.pread(self._descriptor, _BLOCK_BYTES, start)
            self._block_start, offset = start, 0
        return self._block[offset : offset + size]


class _Stretch(io.RawIOBase):
    """Part of a stored file as a file of its own."""

    def __init__(self, data: Bytes, start: int, end: int) -> None:
        self._data, self._start, self._size = data, start, end - start
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self._at)
        size = left if size is None or size < 0 else min(size, left)
        piece = self._data[self._start + self._at : self._start + self._at + size]
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("the position is before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at


def open_stretch(data: Bytes, start: int, end: int) -> io.BytesIO | io.RawIOBase:
    """The bytes from `start` to `end` as a readable, seekable file."""
    if isinstance(data, bytes):
        return io.BytesIO(data[start:end])
    return _Stretch(data, start, end)
