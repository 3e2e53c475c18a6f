"""What `uas doctor` looks at: one function per question, each answering with `Check`s.

Looks at this machine and this Python only; opens no connection and loads no model.
"""

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from uas_cli.extras import install_command, requirements_by_extra

Status = Literal["ok", "note", "bad"]

GIB = 1 << 30
NEEDED_MEMORY_GIB = 3.0
"""Serving the tiny model takes 1.5 GiB at rest; decoding children and long clips come on top."""
NEEDED_DISK_GIB = 1.0
"""Base weights (170 MB, twice while they are fetched) and the built checkpoint (410 MB)."""
NAMES_SHOWN = 4
SPEED_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimd", "bf16")
"""CPU features that decide how fast int8 and bf16 products are."""

CONTROL_GROUP = Path("/sys/fs/cgroup")
TRACE_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;#]+)")


@dataclass(frozen=True)
class Check:
    """One answer: `note` is worth knowing, `bad` keeps something from working."""

    name: str
    status: Status
    found: str
    fix: str | None = None


def python_version() -> Check:
    """Is this a Python that the package supports?"""
    found = f"{platform.python_version()} at {sys.executable}"
    if (3, 11) <= sys.version_info < (3, 13):
        return Check("python", "ok", found)
    return Check("python", "bad", found, "use Python 3.11 or 3.12")


def installed_version(distribution: str) -> str | None:
    """Installed version of a distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def pins(constraints: str) -> dict[str, str]:
    """Exact versions by distribution in the text of a pip constraints file."""
    matches = (_PIN.match(line.strip()) for line in constraints.splitlines())
    return {match["name"]: match["version"] for match in matches if match}


def pinned_versions(constraints: str) -> Check:
    """Are the installed packages those that were tested together?

    Packages that are not installed do not count; a local part such as `+cpu` is ignored.
    """
    different = []
    for name, wanted in pins(constraints).items():
        found = installed_version(name)
        if found is not None and found.partition("+")[0] != wanted.partition("+")[0]:
            different.append(f"{name} {found} (tested: {wanted})")
    if not different:
        return Check("versions", "ok", "every installed package has its tested version")
    fix = "pip install -c constraints.txt -e '.[server]'"
    return Check("versions", "note", ", ".join(different), fix)


def cpu() -> Check:
    """How many cores are there for us, and which features for fast small-number products?"""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    info = Path("/proc/cpuinfo")
    words = set(info.read_text().split()) if info.exists() else set()
    flags = [flag for flag in SPEED_FLAGS if flag in words]
    found = f"{platform.machine()}, {cores} cores, {' '.join(flags) or 'features unknown'}"
    return Check("cpu", "ok", found)


def memory(group: Path = CONTROL_GROUP) -> Check:
    """Is there memory for the default model, in this machine and in its container?"""
    total_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    found = f"{total_gib:.1f} GiB"
    limit = _limit(group / "memory.max")
    if limit is not None and limit / GIB < total_gib:
        total_gib = limit / GIB
        found = f"{total_gib:.1f} GiB, the limit of the container"
    if total_gib >= NEEDED_MEMORY_GIB:
        return Check("memory", "ok", found)
    return Check("memory", "bad", found, f"serving takes up to {NEEDED_MEMORY_GIB:.0f} GiB")


def cpu_quota(environment: Mapping[str, str], group: Path = CONTROL_GROUP) -> Iterator[Check]:
    """Does torch know that a container may use only some of the cores? Nothing without a limit."""
    quota = _limit(group / "cpu.max")
    if quota is None:
        return
    period = int((group / "cpu.max").read_text().split()[1])
    cores = max(1, round(quota / period))
    found = f"{quota / period:g} cores of CPU time"
    if environment.get("OMP_NUM_THREADS"):
        yield Check("cpu limit", "ok", found)
    else:
        fix = f"set OMP_NUM_THREADS={cores}, or threads of the other cores wait for each other"
        yield Check("cpu limit", "note", found, fix)


def _limit(file: Path) -> int | None:
    """The first word of a file of a control group; None where there is no limit or no file."""
    try:
        word = file.read_text().split()[0]
    except (OSError, IndexError):
        return None
    return int(word) if word.isdigit() else None


def traces(environment: Mapping[str, str]) -> Iterator[Check]:
    """Can the traces that are asked for be sent? Nothing when none are."""
    asked = [name for name in TRACE_VARIABLES if environment.get(name)]
    if not asked:
        return
    if installed_version("opentelemetry-sdk") is None:
        yield Check("traces", "bad", f"{asked[0]} is set", install_command("otel"))
    else:
        yield Check("traces", "ok", f"{asked[0]} is set")


def disk(folder: Path) -> Check:
    """Is there room for weights in a cache folder, which need not exist yet?"""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free_gib = shutil.disk_usage(existing).free / GIB
    found = f"{free_gib:.1f} GiB free for the cache"
    if free_gib >= NEEDED_DISK_GIB:
        return Check("disk", "ok", found)
    fix = f"free {NEEDED_DISK_GIB:.0f} GiB, or name another folder in UAS_CACHE"
    return Check("disk", "bad", found, fix)


def model(name: str, built: Path | None) -> Check:
    """Has the default model been built?"""
    if built is not None:
        return Check("model", "ok", f"{name} is built")
    return Check("model", "note", f"{name} is not built", f"uas model build {name}")


def extras() -> Iterator[Check]:
    """Which extras are complete, and how to install the others?"""
    for extra, names in requirements_by_extra().items():
        missing = [name for name in names if installed_version(name) is None]
        if missing:
            yield Check(f"extra {extra}", "note", _missing(missing), install_command(extra))
        else:
            yield Check(f"extra {extra}", "ok", "installed")


def _missing(names: list[str]) -> str:
    """The first few names and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return f"missing: {', '.join(names[:NAMES_SHOWN])}" + (f" and {more} more" if more > 0 else "")
