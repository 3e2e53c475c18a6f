"""The documents hold what they promise: links resolve, and nothing names the writer's machine."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "examples/*.md",
        "models/**/*.md",
        "benchmarks/*.md",
        "clients/*/*.md",
    )
    for path in ROOT.glob(pattern)
)

_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#+\s+(?P<text>.+?)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|Users|tmp/bash_jobs)/[\w./-]+")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _anchors(text: str) -> set[str]:
    """Anchors of a page's headings, by GitHub's rule."""
    kept = (re.sub(r"[^\w\- ]", "", match["text"].lower()) for match in _HEADING.finditer(text))
    return {heading.replace(" ", "-") for heading in kept}


def _broken_links(document: Path) -> list[str]:
    broken = []
    for match in _LINK.finditer(_FENCE.sub("", document.read_text(encoding="utf-8"))):
        target, _, anchor = match["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        page = document.parent / target if target else document
        known = page.suffix != ".md" or not anchor
        if not page.exists() or not (known or anchor in _anchors(page.read_text("utf-8"))):
            broken.append(match["target"])
    return broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert _broken_links(document) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_no_document_names_a_path_of_one_machine(document: Path) -> None:
    assert _MACHINE_PATH.findall(document.read_text(encoding="utf-8")) == []


def _documented(pattern: str) -> set[str]:
    texts = (document.read_text(encoding="utf-8") for document in DOCUMENTS)
    return {match for text in texts for match in re.findall(pattern, text, re.MULTILINE)}


def test_every_make_target_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert _documented(r"(?:`|^)make ([a-z][a-z-]*)") <= targets


def test_every_command_in_the_documents_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert _documented(r"(?:`|^)uas ([a-z]+)") <= set(project["entry-points"]["uas.commands"])


def test_the_readme_names_its_test_command_for_continuous_integration() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "<!-- ci: test -->\n```sh\nmake test\n```" in readme
