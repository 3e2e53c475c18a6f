"""The audit of what the default backends claim."""

import pytest
from planted_gold import planted_gold

from truth_audit import audit, made
from uas_schema.records import Record

GOLD = list(planted_gold())


def test_claims_are_counted_where_the_truth_is_known() -> None:
    told_text, told_voice, *acted = audit(GOLD, 20)

    rows = {row.attribute: row for row in told_text.rows}
    assert told_text.items == "20 simulated items"
    assert rows["transcription"].right.count == rows["transcription"].claimed.count == 20
    assert rows["emotion"].claimed.count == 0
    assert 0 < rows["age"].claimed.of < 20
    assert all(row.right.count == row.claimed.count == row.claimed.of for row in told_voice.rows)
    assert [table.rows[0].claimed.of for table in acted] == [0, 0, 0, 0]


def test_a_record_is_made_from_what_it_is_told_alone() -> None:
    truth = Record.model_validate(GOLD[0])

    alone, told = (made(truth, told_voice=told_voice) for told_voice in (False, True))

    assert alone.known["accent"] == "none"
    assert told.known["accent"] == "truth"
    assert alone.document.transcription == truth.document.transcription


def test_gold_without_captions_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"asterisk-0 has no caption: run planted_errors\.evidence"
    ):
        made(Record.model_validate({**GOLD[0], "evidence": {}}), told_voice=False)
