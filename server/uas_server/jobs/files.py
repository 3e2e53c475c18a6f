"""The folder of recordings: written while they are received, one file per job, whole or not there.

A recording is written beside its place, forced to the disk and renamed. What the disk says no to
becomes `StorageFull`, and what was written is removed.
"""

import asyncio
import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from uas_server.jobs.errors import FolderTaken, StorageFull

_PIECE_BYTES = 1 << 20
_WHOLE, _PARTIAL = ".audio", ".part"

OpenFile = Callable[[Path], BinaryIO]


def open_new(path: Path) -> BinaryIO:
    """Create a file that only this user can read, for writing."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "wb", buffering=0)


class AudioFiles:
    """The folder. `open_file` makes the files in it; tests pass one whose disk is full."""

    def __init__(self, folder: Path, open_file: OpenFile = open_new) -> None:
        self._folder = folder
        self._mark = folder.with_suffix(".database")
        self._open_file = open_file

    def start(self) -> None:
        """Make the folder. Raises `OSError`."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def belong_to(self, database_id: str) -> None:
        """Make the folder this database's: what no job of it wants is swept.

        Raises `FolderTaken` where it is another's already, `OSError`.
        """
        if not self._mark.exists():
            partial = self._mark.with_name(f"{self._mark.name}.{uuid.uuid4().hex}{_PARTIAL}")
            with open_new(partial) as file:
                file.write(database_id.encode())
                os.fsync(file.fileno())
            partial.replace(self._mark)
        if self._mark.read_bytes() != database_id.encode():
            raise FolderTaken(
                "state_folder holds the recordings of another jobs database. Name another "
                "state_folder, or remove this one."
            )

    def path(self, job_id: str) -> Path:
        """Where a job's recording is."""
        return self._folder / f"{job_id}{_WHOLE}"

    def receive(self, job_id: str) -> "Receiving":
        """Begin a recording. Raises `StorageFull`."""
        partial = self._folder / f"{job_id}{_PARTIAL}"
        with _disk_errors():
            return Receiving(self._open_file(partial), partial, self.path(job_id))

    def delete(self, job_id: str) -> None:
        """Remove a job's recording, if it is there."""
        with contextlib.suppress(OSError):  # the sweep tries again
            self.path(job_id).unlink(missing_ok=True)

    def sweep(self, wanted: set[str], older_than_s: float) -> None:
        """Remove what a killed process left: parts, and recordings that no job wants."""
        oldest = time.time() - older_than_s
        for path in self._folder.iterdir():
            leftover = path.suffix == _PARTIAL or (
                path.suffix == _WHOLE and path.stem not in wanted
            )
            with contextlib.suppress(OSError):
                if leftover and path.stat().st_mtime < oldest:
                    path.unlink()


class Receiving:
    """A recording that comes in.

    Attributes:
        path: where it is written.
        size_bytes: bytes so far.
    """

    def __init__(self, file: BinaryIO, partial: Path, whole: Path) -> None:
        self.path = partial
        self.size_bytes = 0
        self._file = file
        self._whole = whole
        self._digest = hashlib.sha256()
        self._waiting = bytearray()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes so far."""
        return self._digest.digest()

    async def write(self, piece: bytes) -> None:
        """Take bytes in; they reach the file a megabyte at a time. Raises `StorageFull`."""
        self.size_bytes += len(piece)
        self._waiting += piece
        if len(self._waiting) >= _PIECE_BYTES:
            await asyncio.to_thread(self._flush)

    async def complete(self) -> None:
        """Everything is here: have it in the file, to be looked at. Raises `StorageFull`."""
        await asyncio.to_thread(self._flush)

    async def keep(self) -> None:
        """Force the recording to the disk and put it in its place. Raises `StorageFull`."""
        await asyncio.to_thread(self._keep)

    async def abandon(self) -> None:
        """Close and remove what was written, unless it was kept."""
        await asyncio.to_thread(self._abandon)

    def _flush(self) -> None:
        piece, self._waiting = bytes(self._waiting), bytearray()
        self._digest.update(piece)
        with _disk_errors():
            view = memoryview(piece)
            while view:
                view = view[self._file.write(view) :]

    def _keep(self) -> None:
        with _disk_errors():
            os.fsync(self._file.fileno())
            self._file.close()
            self.path.replace(self._whole)
            folder = os.open(self._whole.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _abandon(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise StorageFull("The server cannot store any more at the moment.") from None
