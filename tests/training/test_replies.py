"""A base's own replies: what is asked, what is kept, and that a stopped file is gone on with."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.training.conftest import voiced_record
from tiny_checkpoint import build_tiny_checkpoint
from toy_training import write_clips

from uas_cli.command import ExitCode
from uas_cli.main import main
from uas_model.checkpoint import Checkpoint
from uas_model.names import OUTPUT
from uas_model.shards import WEIGHTS_FILE
from uas_schema.records import Record, read_records, write_records
from uas_training.config import ConfigError
from uas_training.data.texts import read_texts
from uas_training.evaluation.bench.progress import Silent
from uas_training.replies import instructions, prompts_of, write_replies

SENTENCES = ("Good morning.", "Where is the garden?", "Seven horses cross the river.")


def saying(text: str, number: int = 0, **changes: object) -> Record:
    record = voiced_record(number, **changes)
    return record.replace(document=record.document.replace(transcription=text))


RECORDS = [saying(text, number) for number, text in enumerate(SENTENCES)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint that ends its replies sooner or later."""
    folder = build_tiny_checkpoint(tmp_path_factory.mktemp("replies") / "base")
    stop = Checkpoint.open(folder).tokenizer.control("<|im_end|>")
    tensors = load_file(folder / WEIGHTS_FILE)
    generator = torch.Generator().manual_seed(3)
    output = torch.randn(tensors[OUTPUT].shape, generator=generator)
    output[stop] *= 2
    tensors[OUTPUT] = output.to(tensors[OUTPUT].dtype)
    save_file(tensors, folder / WEIGHTS_FILE, {"format": "pt"})
    return folder


def test_prompts_are_instructions_with_sentences_in_them() -> None:
    prompts = prompts_of(RECORDS, 3, seed=1)
    assert len(set(prompts)) == 3
    for prompt in prompts:
        [sentence] = [text for text in SENTENCES if text in prompt]
        assert prompt.replace(sentence, "{text}") in instructions()
    assert prompts == prompts_of(list(reversed(RECORDS)), 3, seed=1)
    assert prompts != prompts_of(RECORDS, 3, seed=2)
    assert prompts_of(RECORDS, 2, seed=1) == prompts[:2]


def test_only_what_is_said_in_english_training_clips_is_used() -> None:
    others = [
        saying("Guten Tag.", language="de"),
        saying("Kept apart.", split="development"),
        saying("Perhaps.", known={**RECORDS[0].known, "transcription": "none"}),
        saying(SENTENCES[0], 9),
    ]
    assert sorted(prompts_of([*RECORDS, *others], 3, 0)) == sorted(prompts_of(RECORDS, 3, 0))
    for count in (4, 0, -1):
        with pytest.raises(ConfigError, match=f"{count} prompts are asked for, .* 1 to 3"):
            prompts_of([*RECORDS, *others], count, 0)


def test_only_replies_that_end_are_kept_and_a_batch_changes_none(
    base: Path, tmp_path: Path
) -> None:
    prompts = [f"What is {number}? Say so." for number in range(12)]
    together = write_replies(base, prompts, tmp_path / "a.jsonl", Silent(), longest_tokens=40)
    alone = write_replies(
        base, prompts, tmp_path / "b.jsonl", Silent(), longest_tokens=40, together=1
    )
    assert together == alone
    assert together.texts > 0
    assert together.left_out > 0
    assert together.texts + together.left_out == len(prompts)
    texts = read_texts([tmp_path / "a.jsonl"])
    assert texts == read_texts([tmp_path / "b.jsonl"])
    assert {text.prompt for text in texts} < set(prompts)


def test_a_file_that_was_stopped_is_gone_on_with(base: Path, tmp_path: Path) -> None:
    prompts = [f"What is {number}? Say so." for number in range(12)]
    whole, stopped = tmp_path / "whole.jsonl", tmp_path / "stopped.jsonl"
    write_replies(base, prompts, whole, Silent(), longest_tokens=40)
    lines = whole.read_text(encoding="utf-8").splitlines()
    stopped.write_text(lines[0] + "\n" + lines[1][:9], encoding="utf-8")
    write_replies(base, prompts, stopped, Silent(), longest_tokens=40)
    assert sorted(stopped.read_text(encoding="utf-8").splitlines()) == sorted(lines)


@pytest.mark.parametrize("text", ["My notes.\n", '{"prompt": "a"}\n{}', '{"id": 1}\n', "\xff\n"])
def test_a_file_of_something_else_is_not_touched(base: Path, tmp_path: Path, text: str) -> None:
    target = tmp_path / "notes.txt"
    target.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match=r"notes\.txt holds something else than texts"):
        write_replies(base, ["Hello?"], target, Silent())
    assert target.read_text(encoding="latin-1") == text


def test_the_command_writes_texts_and_says_what_was_left_out(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = write_clips(tmp_path / "clips", 4)
    records = [r.replace(language="en") for r in read_records(manifest)]
    write_records(manifest, records)
    target = tmp_path / "texts.jsonl"
    arguments = ["train", "replies", str(base), "--manifest", str(manifest), "--output",
                 str(target), "--count", "2", "--longest-tokens", "40"]  # fmt: skip
    assert main(arguments) == ExitCode.OK
    said = capsys.readouterr()
    count = json.loads(said.out)["texts"]
    assert count == len(target.read_text("utf-8").splitlines())
    assert f"{2 - count} replies were empty or longer than 40 tokens" in said.err
    assert main([*arguments, "--threads", "0"]) == ExitCode.USAGE
    assert "--threads 0: give 1 or more" in capsys.readouterr().err
    assert main([*arguments, "--count", "9"]) == ExitCode.REFUSED
    assert "9 prompts are asked for" in capsys.readouterr().err
