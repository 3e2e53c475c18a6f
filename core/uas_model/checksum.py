"""SHA-256 of files, and the refusal of a file that is not the pinned one."""

import hashlib
from pathlib import Path

from uas_model.errors import ChecksumMismatch


def sha256_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify_sha256(path: Path, expected: str) -> None:
    """Check a file against its pinned SHA-256.

    Raises:
        ChecksumMismatch: with both sums; the file is left where it is.
    """
    actual = sha256_file(path)
    if actual != expected:
        raise ChecksumMismatch(
            f"{path.name}: SHA-256 is {actual}, expected {expected}; "
            "delete the file and fetch it again, or correct the pinned sum"
        )
