"""Figures by gender, language and source."""

import json
from pathlib import Path

import pytest
from tests.training.conftest import voiced_record

from uas_schema.document import UasDocument
from uas_training.evaluation.card import write_card
from uas_training.evaluation.groups import group_metrics
from uas_training.evaluation.items import Item
from uas_training.evaluation.metrics import document_metrics
from uas_training.evaluation.pairs import pair_up
from uas_training.evaluation.report import markdown

SILENCE = UasDocument.no_voice(description="Silence")
UNKNOWN = dict(voiced_record().known) | {"gender": "none"}
RECORDS = [
    voiced_record(0),
    voiced_record(1),
    voiced_record(2, corpus="acted+sounds"),
    voiced_record(3, corpus="read", language="de", known=UNKNOWN),
    voiced_record(4, document=SILENCE, speaker=None, qa=(), corpus="silence"),
]


def group_report() -> dict[str, object]:
    """The second clip is lost, all others are told rightly."""
    texts = [record.document.canonical() for record in RECORDS]
    texts[1] = "{"
    items = [Item(record.id, text) for record, text in zip(RECORDS, texts, strict=True)]
    pairs = pair_up(RECORDS, items)
    return {
        "command": "uas eval run",
        "clips": len(RECORDS),
        "documents": document_metrics(pairs),
        "groups": group_metrics(pairs),
    }


def test_groups_are_of_voiced_clips_and_known_genders() -> None:
    groups = json.loads(json.dumps(group_report()["groups"]))
    assert {by: sorted(named) for by, named in groups.items()} == {
        "gender": ["Female"], "language": ["de", "en"], "source": ["acted", "read"]
    }  # fmt: skip
    assert {name: g["clips"] for name, g in groups["source"].items()} == {"acted": 3, "read": 1}
    assert groups["gender"]["Female"]["speakers"] == 3
    assert groups["source"]["acted"]["emotion"]["value"] == pytest.approx(2 / 3)
    assert groups["language"]["en"]["transcript"]["en"]["wer"] == pytest.approx(1 / 3)
    assert groups["language"]["de"]["emotion"]["value"] == 1
    assert groups["language"]["de"]["gender"] is None


def test_page_and_card_have_a_row_for_each_group(tmp_path: Path) -> None:
    report = group_report()
    row = "| source | acted | 3 | 3 | 0.667 | 0.667 | 0.667 | en 0.333 |"
    assert row in markdown("run", report)
    (tmp_path / "weights.yaml").write_text(
        "name: uas-test\nlicence: CC0-1.0\nvariant: open\nlora_rank: 4\nrun: {seed: 1}\n",
        encoding="utf-8",
    )
    run = tmp_path / "runs" / "forced"
    run.mkdir(parents=True)
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    card = write_card(tmp_path / "runs", tmp_path).read_text(encoding="utf-8")
    own = card.partition("### By group")[2].partition("### Yardsticks")[0]
    assert "| source: acted | 3 | 3 | 0.67 " in own
    assert "| language: de | 1 | 1 | 1.00 (1.00 to 1.00) | - |" in own
