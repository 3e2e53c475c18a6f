"""Reading the published files: every key, and clear words for what is missing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.training.bench.conftest import FILES, rewrite

from uas_schema.errors import DataError
from uas_training.evaluation.bench.catalogue import benchmark_named
from uas_training.evaluation.bench.questions import read_entries, read_questions, write_entries

Published = Callable[[str], Path]


@pytest.mark.parametrize("name", FILES)
def test_every_sample_is_read(published: Published, name: str) -> None:
    read = read_questions(published(name), benchmark_named(name), None)
    assert len(read.questions) >= 3
    for question in read.questions:
        assert question.answer in question.choices
        assert all(path.is_file() for path in question.audio)
        assert question.labels


def test_labels_and_choices_are_those_of_the_file(published: Published) -> None:
    first, second, third, _ = read_questions(
        published("mmau"), benchmark_named("mmau"), None
    ).questions
    assert first.labels["category"] == ("Reasoning",)
    assert second.labels["category"] == ("Reasoning",)  # a list of one in the file
    assert third.choices == ("Rain", "Wind", "Rain", "Fire", "Sea")
    two_choices = read_questions(published("mmsu"), benchmark_named("mmsu"), None).questions[2]
    assert two_choices.choices == ("A bell", "A horn")
    assert two_choices.labels["sub-category"] == ("Reasoning, Paralinguistics",)


def test_what_is_no_multiple_choice_is_counted(published: Published) -> None:
    read = read_questions(published("mmau-pro"), benchmark_named("mmau-pro"), None)
    assert read.left_out == {"open": 1, "instruction following": 1, "fewer than two choices": 1}
    assert [len(question.audio) for question in read.questions] == [1, 2, 1]
    assert read.questions[1].labels["perception"] == ("Timbre", "Pitch")


def test_a_missing_key_is_named_with_its_entry(published: Published) -> None:
    path = published("mmau")
    rewrite(path, lambda entry: entry.update(choicse=entry.pop("choices")))
    with pytest.raises(DataError, match=r"mmau\.json entry 1: no 'choices'.*'choicse'"):
        read_questions(path, benchmark_named("mmau"), None)


def test_a_missing_clip_is_named_and_counted(published: Published, tmp_path: Path) -> None:
    path = published("mmau")
    (tmp_path / "test-mini-audios" / "tone_2.wav").unlink()
    with pytest.raises(DataError, match=r"1 of 4 clips .*tone_2\.wav; say with --audio"):
        read_questions(path, benchmark_named("mmau"), None)


def test_an_id_that_comes_twice_is_refused(published: Published) -> None:
    path = published("mmar")
    entries = [entry for _, entry in read_entries(path)]
    write_entries(path, [*entries, entries[0]])
    with pytest.raises(DataError, match="comes twice"):
        read_questions(path, benchmark_named("mmar"), None)


def test_a_line_of_json_may_hold_characters_that_end_lines_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "mmar.jsonl"
    entries = [{"question": "What\u2028is\x85it?"}, {"question": "And now?"}]
    lines = [json.dumps(entry, ensure_ascii=False) for entry in entries]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [entry for _, entry in read_entries(path)] == entries


def test_files_that_are_not_as_published(tmp_path: Path) -> None:
    for name, text, message in (
        ("a.txt", "", r"none of \.jsonl"),
        ("b.json", "{", "is not JSON"),
        ("c.json", "{}", "no list of entries"),
        ("d.jsonl", "{}\n[", "line 2 is not JSON"),
        ("e.jsonl", "3", "entry 1 is no object"),
        ("f.parquet", "text", "is not Parquet"),
        ("g.json", "[]", "no multiple-choice question"),
    ):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=message):
            read_questions(path, benchmark_named("mmau"), None)
    with pytest.raises(DataError, match="does not exist"):
        read_questions(tmp_path / "none.json", benchmark_named("mmau"), None)


def test_an_unknown_benchmark_is_told_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean 'mmau-pro'"):
        benchmark_named("mmaupro")
