"""Evaluation: controls, resuming, and metrics over all samples."""

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training.conftest import example_of, sound_example, voiced_record

from uas_cli.main import main
from uas_model.draft import FixedDrafter
from uas_schema.document import UasDocument
from uas_schema.errors import DataError
from uas_training.evaluation.card import write_card
from uas_training.evaluation.conditions import (
    draft_text,
    heard_samples,
    other_number,
    whisper_drafts,
)
from uas_training.evaluation.items import Item, read_items, run_items
from uas_training.evaluation.listeners import Heard
from uas_training.evaluation.metrics import (
    document_metrics,
    question_metrics,
)
from uas_training.evaluation.options import RunOptions, load_suite
from uas_training.evaluation.pairs import pair_up
from uas_training.evaluation.program import run_command
from uas_training.evaluation.report import markdown
from uas_training.evaluation.selection import chosen

SILENCE = UasDocument.no_voice(description="Silence")
RECORDS = [
    *(voiced_record(number) for number in range(6)),
    voiced_record(6, document=SILENCE, speaker=None, qa=(), corpus="silence"),
]
EXAMPLES = [example_of(record) for record in RECORDS]


class Parrot:
    """Says one text to every clip, and counts."""

    def __init__(self, text: str) -> None:
        self.text, self.calls = text, 0

    def describe(self, samples: object, draft: str | None, use: str) -> Heard:
        del samples, draft, use
        self.calls += 1
        return Heard(self.text)

    def ask(self, samples: object, question: str, choices: Sequence[str] = ()) -> str:
        del samples, question, choices
        return "Female."


@settings(deadline=None, max_examples=30)
@given(count=st.integers(2, 60))
def test_shuffled_sound_is_never_ones_own_and_used_once(count: int) -> None:
    others = [other_number(count, number) for number in range(count)]
    assert sorted(others) == list(range(count))
    assert all(other != number for number, other in enumerate(others))


def test_noise_keeps_length_and_level_only() -> None:
    own = EXAMPLES[0].samples()
    noise = heard_samples("noise", EXAMPLES, 0)
    assert noise is not None
    assert noise.shape == own.shape
    assert np.std(noise) == pytest.approx(np.std(own), rel=0.05)
    assert abs(np.corrcoef(own, noise)[0, 1]) < 0.05
    assert heard_samples("none", EXAMPLES, 0) is None


def test_a_wrong_draft_is_never_the_right_one() -> None:
    texts = [
        record.model_copy(
            update={"document": record.document.model_copy(update={"transcription": f"Text {n}."})}
        )
        for n, record in enumerate(RECORDS[:6])
    ]
    for number, record in enumerate(texts):
        assert draft_text("wrong", texts, number, {}) != record.document.transcription


def test_drafts_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "drafts.jsonl"
    first = whisper_drafts(path, EXAMPLES[:3], FixedDrafter("one"))
    second = whisper_drafts(path, EXAMPLES[:4], FixedDrafter("two"))
    assert set(first.values()) == {"one"}
    assert [second[e.record.id] for e in EXAMPLES[:4]] == ["one", "one", "one", "two"]


def test_a_draft_that_was_cut_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "drafts.jsonl"
    whisper_drafts(path, EXAMPLES[:2], FixedDrafter("one"))
    path.write_bytes(path.read_bytes()[:-9])
    again = whisper_drafts(path, EXAMPLES[:2], FixedDrafter("two"))
    assert list(again.values()) == ["one", "two"]
    assert whisper_drafts(path, EXAMPLES[:2], FixedDrafter("three")) == again


def test_a_cut_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    parrot = Parrot(RECORDS[0].document.canonical())
    run_items(parrot, EXAMPLES[:3], {}, RunOptions(draft="none", use="none"), path)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": "cut by a ki')
    assert len(read_items(path)) == 3
    items = run_items(parrot, EXAMPLES, {}, RunOptions(draft="none", use="none"), path)
    assert [item.id for item in items] == [record.id for record in RECORDS]
    assert parrot.calls == len(RECORDS)


def items_of(texts: list[str]) -> list[Item]:
    return [
        Item(record.id, text, answers=tuple(q.answer for q in record.qa))
        for record, text in zip(RECORDS, texts, strict=True)
    ]


def test_the_truth_scores_one_everywhere() -> None:
    pairs = pair_up(RECORDS, items_of([r.document.canonical() for r in RECORDS]))
    figures = document_metrics(pairs)
    assert figures["valid"] == 1
    assert figures["voice"]["value"] == 1
    assert figures["closed"]["emotion"]["value"] == 1
    assert figures["events"]["f1"] == 1
    assert figures["events"]["nothing_claimed_in_silence"] == 1
    assert figures["transcript"]["en"]["wer"] == 0
    assert question_metrics(pairs)["heard"]["value"] == 1
    assert figures["calibration"] == {}


def test_probabilities_are_compared_with_the_truth() -> None:
    said = {"paralinguistics.gender": {'"Female"': 0.8, '"Male"': 0.2}}
    items = [replace(item, probabilities=said) for item in items_of([""] * len(RECORDS))]
    calibration = document_metrics(pair_up(RECORDS, items))["calibration"]
    assert set(calibration) == {"gender"}
    assert (calibration["gender"]["n"], calibration["gender"]["right"]) == (6, 1)
    assert calibration["gender"]["ece"] == pytest.approx(0.2)


def test_an_invalid_document_is_wrong_in_every_field() -> None:
    texts = [r.document.canonical() for r in RECORDS]
    texts[0] = texts[0][:40]
    figures = document_metrics(pair_up(RECORDS, items_of(texts)))
    assert figures["valid"] == pytest.approx(6 / 7)
    assert figures["closed"]["emotion"]["n"] == 6
    assert figures["closed"]["emotion"]["value"] == pytest.approx(5 / 6)
    assert figures["transcript"]["en"]["wer"] == pytest.approx(1 / 6)
    assert figures["filled"]["timbre"] == pytest.approx(5 / 6)


def test_naming_one_event_everywhere_is_the_majority_and_costs_precision() -> None:
    texts = [RECORDS[0].document.canonical()] * len(RECORDS)
    events = document_metrics(pair_up(RECORDS, items_of(texts)))["events"]
    assert events["f1"] == pytest.approx(events["majority_f1"])
    assert events["precision"] == pytest.approx(6 / 7)
    assert events["nothing_claimed_in_silence"] == 0


def test_placed_sounds_are_scored_apart_from_noise() -> None:
    bell, noise = sound_example("bell").record, sound_example("static", 1).record
    records = [bell, noise.model_copy(update={"onsets": ()})]
    said = noise.document.canonical()
    items = [Item(record.id, said) for record in records]
    events = document_metrics(pair_up(records, items))["events"]
    assert events["f1"] == pytest.approx(0.5)
    assert events["placed"] == {"n": 1, "labels": 1, "hits": 0, "f1": 0.0}


def test_answers_are_compared_without_case_and_punctuation(tmp_path: Path) -> None:
    condition = RunOptions(draft="none", use="none", documents=False)
    items = run_items(Parrot(""), EXAMPLES, {}, condition, tmp_path / "items.jsonl")
    figures = question_metrics(pair_up(RECORDS, items))
    assert figures["field gender"]["value"] == 1
    assert figures["field age"]["value"] == 0


def test_a_limit_is_spread_over_kinds_and_nested() -> None:
    records = [voiced_record(n, corpus="many") for n in range(30)]
    records += [voiced_record(n, corpus="few") for n in range(30, 33)]
    small, large = chosen(records, 4), chosen(records, 12)
    assert {r.corpus for r in small} == {"many", "few"}
    assert {r.id for r in small} <= {r.id for r in large}


def test_the_page_says_what_the_figures_say() -> None:
    pairs = pair_up(RECORDS, items_of([r.document.canonical() for r in RECORDS]))
    report = {
        "command": "uas eval run",
        "clips": len(pairs),
        "documents": document_metrics(pairs),
        "questions": question_metrics(pairs),
    }
    page = markdown("truth", json.loads(json.dumps(report)))
    assert "| emotion | 6 | 1.000 | 1.000 to 1.000 | 1.000 | 1.000 |" in page
    assert "| accent | 6 | 1.000 | 1.000 to 1.000 | 1.000 |" in page
    assert "| prosody | " not in page  # no record knows it
    assert "Valid documents: 100.0 %" in page


def test_the_card_says_what_was_measured_and_what_was_not(tmp_path: Path) -> None:
    weights = tmp_path / "uas-test"
    weights.mkdir()
    (weights / "weights.yaml").write_text(
        "name: uas-test\nlicence: CC0-1.0\nvariant: open\nlora_rank: 4\nrun: {seed: 1}\n",
        encoding="utf-8",
    )
    assert "Not measured." in write_card(tmp_path / "runs", weights).read_text(encoding="utf-8")
    pairs = pair_up(RECORDS, items_of([r.document.canonical() for r in RECORDS]))
    report: dict[str, Any] = {
        "command": "uas eval run",
        "clips": 7,
        "documents": document_metrics(pairs),
    }
    run = tmp_path / "runs" / "forced"
    run.mkdir(parents=True)
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    card = write_card(tmp_path / "runs", weights).read_text(encoding="utf-8")
    assert "| gender | 6 | 1.00 (1.00 to 1.00) | 1.00 | 1.00 |" in card
    assert "| description | 7 | 1.00 (1.00 to 1.00) | 0.86 |" in card
    assert "non-commercial use only" not in card
    assert "Trained on other data" not in card
    del report["documents"]["free_text"]  # a report of an older version
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    older = write_card(tmp_path / "runs", weights).read_text(encoding="utf-8")
    assert "Free text beside the truth" in card
    assert "Free text beside the truth" not in older
    varied = write_card(tmp_path / "none", weights, tmp_path / "runs").read_text(encoding="utf-8")
    assert "| forced | 7 | 1.00 (1.00 to 1.00)" in varied.partition("Trained on other data")[2]
    gain = {"n": 7, "run": 0.5, "base": 0.75, "value": -0.25, "low": -0.3, "high": 0.1}
    compared = tmp_path / "runs" / "over" / "report.json"
    compared.parent.mkdir()
    compared.write_text(json.dumps({"command": "c", "differences": {"age": gain}}), "utf-8")
    both = write_card(tmp_path / "runs", weights).read_text(encoding="utf-8")
    assert "| over | age | 7 | 0.500 | 0.750 | -0.250 (-0.300 to +0.100) |" in both


def test_the_card_says_how_long_a_described_clip_may_be(tmp_path: Path) -> None:
    manifest = "name: uas-test\nlicence: CC0-1.0\nvariant: open\nlora_rank: 4\nrun: {seed: 1}\n"
    for key, said in (
        ("", "clip of up to 30 s"),
        ("document_window_s: 12\n", "clip of up to 12 s"),
    ):
        (tmp_path / "weights.yaml").write_text(manifest + key, encoding="utf-8")
        assert said in write_card(tmp_path / "runs", tmp_path).read_text(encoding="utf-8")


def test_every_shipped_suite_can_be_read() -> None:
    folder = files("uas_training.evaluation").joinpath("suites")
    names = [path.name for path in folder.iterdir()]
    assert "quality.yaml" in names
    for name in names:
        suite = load_suite(Path(str(folder.joinpath(name))))
        for pair in suite.comparisons.values():
            assert {pair.run, pair.base} <= suite.runs.keys()


def test_a_suite_with_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text("runs: {a: {limt: 3}}\n", encoding="utf-8")
    with pytest.raises(DataError, match="limit"):
        load_suite(path)


def test_a_command_names_what_differs_from_the_defaults() -> None:
    options = RunOptions(audio="noise", limit=3, questions=False)
    command = run_command(Path("a/model"), Path("dev.jsonl"), Path("b/noise"), options)
    assert command == (
        "uas eval run --model model --manifest dev.jsonl --output noise --audio noise --limit 3 "
        "--no-questions"
    )


def test_what_the_decoder_cannot_do_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--model", "m", "--manifest", "m.jsonl", "--output", str(tmp_path / "run")]
    assert main(["eval", "run", *where, "--temperature", "0.7"]) == 3
    error = capsys.readouterr().err
    assert "temperature is 0.7 and decoder 'runner' does not draw" in error
    assert "'transformers'" in error
    assert main(["eval", "run", *where, "--decoder", "transformers", "--precision", "fp32"]) == 3
    assert "precision is 'fp32' and decoder 'transformers' has bfloat16" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
