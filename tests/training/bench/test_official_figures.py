"""The rules give exactly the figures that the official scripts printed for the same predictions.

``data/bench/official`` holds over 2,000 generated predictions for each benchmark and what its
script said of them; docs/adr/0021-benchmark-protocols.md tells which commits were run and how.
"""

import json
import lzma
import re
from pathlib import Path

import pytest

from uas_training.evaluation.bench.catalogue import benchmark_named
from uas_training.evaluation.bench.questions import Entry
from uas_training.evaluation.bench.scores import predictions_of, score
from uas_training.evaluation.bench.tally import Tally

FOLDER = Path(__file__).parents[1] / "data" / "bench" / "official"
ENTRIES = 2100


def read(name: str) -> list[Entry]:
    text = lzma.decompress((FOLDER / f"{name}.xz").read_bytes()).decode("utf-8")
    entries: list[Entry]
    if name.endswith(".jsonl"):
        entries = [json.loads(line) for line in text.splitlines()]
    else:
        entries = json.loads(text)
    assert len(entries) == ENTRIES
    return entries


def tallied(name: str, file: str, rule: str) -> Tally:
    benchmark = benchmark_named(name)
    return score(predictions_of(read(file), benchmark), benchmark)[rule]


def test_mmsu() -> None:
    ours = tallied("mmsu", "mmsu.jsonl", "official")
    shares = {
        value: f"{count['value']:.4f}"
        for label in ("category", "sub-category")
        for value, count in ours["by"][label]["groups"].items()
    }
    text = (FOLDER / "mmsu.txt").read_text(encoding="utf-8")
    theirs = {
        ", ".join(filter(None, match.group(1, 2))): match[3]
        for match in re.finditer(
            r"^Category: (\w+), (?:Sub-category: (\w+)|Average) ?,? ?Accuracy: (.+)$", text, re.M
        )
    }
    assert len(theirs) == 6
    assert shares == theirs
    assert f"Overall Accuracy: {ours['micro']['value']:.4f}\n" in text
    assert f"Total count: {ours['micro']['n']}\n" in text


@pytest.mark.parametrize(("name", "file"), [("mmau", "mmau.json"), ("mmar", "mmar.jsonl")])
def test_word_match(name: str, file: str) -> None:
    ours = tallied(name, file, "official")
    counts = {"Total Accuracy": ours["micro"]}
    for label in ("task", "difficulty", "modality", "category", "sub-category"):
        # MMAU's script does not split by category; ours reads one-item lists there.
        if label in ours["by"] and (name, label) != ("mmau", "category"):
            counts |= ours["by"][label]["groups"]
    said = {
        label: f"{100 * count['value']:.2f}% over {count['n']} samples"
        for label, count in counts.items()
    }
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert said == dict(re.split(" ?: ", line, maxsplit=1) for line in lines)


def test_mmau_pro_where_every_reply_is_a_choice() -> None:
    ours = tallied("mmau-pro", "mmau-pro.jsonl", "verbatim")
    theirs = json.loads((FOLDER / "mmau-pro.json").read_text(encoding="utf-8"))
    groups = ours["by"]["category"]["groups"]
    assert {name: count["value"] for name, count in groups.items()} == theirs["accuracy"]
    assert {name: count["n"] for name, count in groups.items()} == theirs["count"]
    assert ours["micro"]["n"] == theirs["evaluated_samples"]
    assert ours["micro"]["value"] == pytest.approx(theirs["overall_weighted_performance"])


def test_the_rule_of_the_uas_authors_counts_every_entry() -> None:
    for name, file in (("mmsu", "mmsu.jsonl"), ("mmau", "mmau.json"), ("mmar", "mmar.jsonl")):
        official, uas = (tallied(name, file, rule) for rule in ("official", "uas"))
        assert uas["micro"]["n"] == ENTRIES == official["micro"]["n"] + official["left"]
        assert uas["micro"]["right"] == official["micro"]["right"]
        assert official["left"] > 0
