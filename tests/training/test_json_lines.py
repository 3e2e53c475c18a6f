"""Lines that a kill cut, and texts that hold what ends lines elsewhere."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uas_training.evaluation.json_lines import end_last_line, read_objects


@settings(deadline=None, max_examples=50)
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4),
    cut=st.integers(0, 30),
)
def test_a_file_that_was_cut_anywhere_goes_on(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], cut: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "lines.jsonl"
    line = json.dumps({"text": "größer \u2028 als"}, ensure_ascii=False).encode()
    whole = [json.dumps({"text": text}, ensure_ascii=False).encode() for text in texts]
    path.write_bytes(b"".join(one + b"\n" for one in whole) + line[:cut])
    end_last_line(path)
    with path.open("ab") as file:
        file.write(line + b"\n")
    found = [values["text"] for values in read_objects(path)]
    kept = ["größer \u2028 als"] * (1 + (cut >= len(line)))
    assert found == [*texts, *kept]


def test_no_file_holds_nothing(tmp_path: Path) -> None:
    end_last_line(tmp_path / "none.jsonl")
    assert read_objects(tmp_path / "none.jsonl") == []
    assert not (tmp_path / "none.jsonl").exists()
