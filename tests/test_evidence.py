"""A full run writes a page of evidence; a usual run writes none and tries fewer cases."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

A_TEST = """
def test_counts(proving, evidence):
    assert proving(2, 5) in (2, 5)
    evidence("Odd signals", {"signals tried": proving(2, 5), "crashes": 0})

def test_without_a_full_count():
    pass
"""
TABLE = """\
| figure | value |
|---|---|
| signals tried | 5 |
| crashes | 0 |
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one test file with our conftest."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = prove\n", encoding="utf-8")
    (tests / "test_row.py").write_text(A_TEST, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("conftest.py"), tests)
    return tmp_path


def _pytest(project: Path, *words: str, prove: str) -> str:
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", *words],
        cwd=project,
        env={**os.environ, "UAS_PROVE": prove, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout


def test_a_full_run_writes_one_page_for_its_row(project: Path) -> None:
    assert "1 passed, 1 deselected" in _pytest(project, "-m", "prove", prove="1")
    (page,) = (project / "docs" / "evidence").iterdir()
    text = page.read_text(encoding="utf-8")
    assert page.name == "odd-signals.md"
    assert text.startswith("# Odd signals\n\n- Command: `UAS_PROVE=1 pytest -m prove`\n- Machine: ")
    assert text.endswith("\n\n## `test_counts`\n\n" + TABLE)


def test_a_usual_run_runs_everything_and_writes_nothing(project: Path) -> None:
    assert "2 passed" in _pytest(project, prove="")
    assert not (project / "docs" / "evidence").exists()
