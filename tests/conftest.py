"""Fixtures for every test: how much to run, and where the figures of a full run are written.

`make test` runs fixed-seed samples; `make prove` (UAS_PROVE=1) runs the same tests with full
counts and writes what they saw to `docs/evidence/`.
"""

import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine must not fail a property: no deadline, no complaint about slow inputs; fixed seeds.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence"

Sections = dict[str, Mapping[str, object]]
Evidence = Callable[[str, Mapping[str, object]], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what has a full count, so that `make prove` runs just that."""
    for item in items:
        if {"proving", "evidence"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("prove")


@pytest.fixture(scope="session")
def proving() -> Callable[[int, int], int]:
    """`proving(2_000, 100_000)`: how many cases to try, in `make test` and in `make prove`."""

    def count(test: int, prove: int) -> int:
        return prove if _is_full_run() else test

    return count


@pytest.fixture(scope="session")
def _pages(pytestconfig: pytest.Config) -> Iterator[dict[str, Sections]]:
    """Figures by row and test; written when the session ends, if this is a full run."""
    pages: dict[str, Sections] = {}
    yield pages
    if _is_full_run():
        command = "UAS_PROVE=1 pytest " + shlex.join(map(str, pytestconfig.invocation_params.args))
        for row, sections in pages.items():
            name = row.lower().replace(" ", "-")
            EVIDENCE.mkdir(exist_ok=True)
            (EVIDENCE / f"{name}.md").write_text(_page(row, sections, command), encoding="utf-8")


@pytest.fixture
def evidence(_pages: dict[str, Sections], request: pytest.FixtureRequest) -> Evidence:
    """`evidence("Grammar", {"generations": n, "invalid": 0})`, called after the assertions.

    The first word is the row of the robustness table and names the page; a test adds one section.
    """

    def record(row: str, figures: Mapping[str, object]) -> None:
        _pages.setdefault(row, {})[request.node.name] = figures

    return record


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of child processes: this checkout's packages, the commands beside python, a
    state folder of this session's.
    """
    state = str(tmp_path_factory.mktemp("state"))
    packages = [str(ROOT / folder) for folder in ("core", "server", "pipeline", "training")]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    ours = {"PATH": path, "PYTHONPATH": os.pathsep.join(packages), "UAS_STATE_FOLDER": state}
    return {**os.environ, **ours}


def _is_full_run() -> bool:
    return os.environ.get("UAS_PROVE") == "1"


def _machine() -> str:
    """The machine in words: no name, no path."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{memory_gib:.0f} GiB memory, Python {platform.python_version()}"
    )


def _page(row: str, sections: Sections, command: str) -> str:
    """One Markdown page: what was run, where, when, and the figures that each test saw."""
    lines = [
        f"# {row}",
        "",
        f"- Command: `{command}`",
        f"- Machine: {_machine()}",
        f"- Date: {datetime.now(UTC).date().isoformat()}",
    ]
    for test, figures in sections.items():
        lines += ["", f"## `{test}`", "", "| figure | value |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in figures.items()]
    return "\n".join(lines) + "\n"
