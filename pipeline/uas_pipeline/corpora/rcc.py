"""Qt binary resource archives (.rcc), read without Qt.

Layout (all big-endian): magic "qres", version, offsets of tree, data and names; from version 3
overall flags. A tree node is name offset, flags, then for a folder child count and first child,
for a file territory, language and data offset; from version 2 a modification time follows. Data
is a length and the bytes, plain, zlib-compressed (with their size before them) or zstd-compressed.
Source: Qt's rcc tool, qtbase/src/tools/rcc/rcc.cpp.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from uas_pipeline.errors import PackageError

_MAGIC = b"qres"
_COMPRESSED, _FOLDER, _ZSTD = 1, 2, 4


@dataclass(frozen=True)
class _Archive:
    data: bytes
    node_bytes: int
    tree: int
    content: int
    names: int

    def name(self, node: int) -> str:
        (offset,) = struct.unpack_from(">I", self.data, node)
        (length,) = struct.unpack_from(">H", self.data, self.names + offset)
        start = self.names + offset + 6  # length and a hash come before the text
        return self.data[start : start + 2 * length].decode("utf-16-be")

    def files(self, index: int, folder: str) -> Iterator[tuple[str, bytes]]:
        node = self.tree + index * self.node_bytes
        (flags,) = struct.unpack_from(">H", self.data, node + 4)
        path = f"{folder}/{self.name(node)}".strip("/") if index else ""
        if flags & _FOLDER:
            count, first = struct.unpack_from(">II", self.data, node + 6)
            for child in range(first, first + count):
                yield from self.files(child, path)
        else:
            (offset,) = struct.unpack_from(">I", self.data, node + 10)
            yield path, self._bytes(self.content + offset, flags)

    def _bytes(self, start: int, flags: int) -> bytes:
        (length,) = struct.unpack_from(">I", self.data, start)
        raw = self.data[start + 4 : start + 4 + length]
        if flags & _ZSTD:
            import zstandard

            return zstandard.ZstdDecompressor().decompressobj().decompress(raw)
        return zlib.decompress(raw[4:]) if flags & _COMPRESSED else raw


def read_rcc(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Path and content of every file of an archive.

    Raises ``PackageError`` when ``data`` is not such an archive.
    """
    if data[:4] != _MAGIC:
        raise PackageError(f"not a Qt resource archive: begins with {data[:4]!r}, not {_MAGIC!r}")
    version, tree, content, names = struct.unpack_from(">IIII", data, 4)
    yield from _Archive(data, 22 if version >= 2 else 14, tree, content, names).files(0, "")
