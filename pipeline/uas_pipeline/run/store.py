"""Folders of finished work by digest: there and whole, or not there.

An entry is written aside, every file of it is synced, and then the folder gets its name, so that a
process that is killed, or a disk that is full, leaves nothing half done under a name. The name
itself is not synced: when the power fails it may be gone, and the work is done again. Two
processes that make the same entry make the same bytes; the second is thrown away. Knows nothing
of what is in an entry.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED, _DOOMED = "unfinished", "doomed"


def digest_of(*parts: object) -> str:
    """Digest of JSON values, and of sets of them, in hexadecimal."""
    plain = json.dumps(
        parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_listed
    )
    return hashlib.sha256(plain.encode()).hexdigest()


def _listed(value: object) -> list[object]:
    """A set as a list in one order: its own order differs from process to process."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"no JSON value: {value!r}")


class Store:
    """Entries under ``root``: ``<kind>/<first two digits>/<digest>/``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, kind: str, digest: str) -> Path:
        """Where an entry is, once it is made."""
        return self._root / kind / digest[:2] / digest

    def has(self, kind: str, digest: str) -> bool:
        """Whether an entry is made."""
        return self.folder(kind, digest).is_dir()

    @contextmanager
    def making(self, kind: str, digest: str) -> Iterator[Path]:
        """An empty folder that becomes the entry when the block ends without an error."""
        aside = self._root / UNFINISHED
        aside.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=aside))
        try:
            yield scratch
            sync_tree(scratch)
            self._name(scratch, self.folder(kind, digest))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def clear_unfinished(self) -> None:
        """Throw away what a killed run left. Only while no other run is at work here.

        It is renamed first: a process that outlives its killed parent by a moment cannot give a
        name to a folder that is half thrown away.
        """
        aside, doomed = self._root / UNFINISHED, self._root / _DOOMED
        shutil.rmtree(doomed, ignore_errors=True)
        if aside.exists():
            aside.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)

    def _name(self, scratch: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            scratch.rename(target)
        except OSError:
            if not target.is_dir():  # else another process was first: its bytes are the same
                raise


def sync_tree(folder: Path) -> None:
    """Have every file under a folder, and the folders, on the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync(Path(parent) / name, os.O_RDONLY)
        sync_folder(Path(parent))


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
