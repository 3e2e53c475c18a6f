"""The report counts every clip once, and shows names from strangers as text."""

import json
from pathlib import Path

import pytest
from judged_records import TEXT, spoken, unspoken

from uas_pipeline.errors import Rejected
from uas_pipeline.validate.checks import validate
from uas_pipeline.validate.config import validation_config
from uas_pipeline.validate.histogram import Histogram
from uas_pipeline.validate.report import Report
from uas_pipeline.validate.violation import Rejection

EVIL = "<script>alert(1)</script>"


def _report() -> Report:
    report = Report()
    report.keep(spoken())
    report.keep(unspoken().replace(language="und"))
    wrong = spoken("She put the lamp.", corpus_text=TEXT, voice={"accent": "Martian"})
    wrong = wrong.replace(corpus=EVIL)
    violations = tuple(validate(wrong, None, validation_config()))
    report.reject(Rejection.of_violations(wrong, violations))
    error = Rejected("gender_unknown", "gender 'robot' is no word", {"gender": "robot"})
    report.reject(Rejection.of_error("r9", "toy", "de", "synthesize", error))
    return report


def test_a_clip_counts_once_in_its_corpus_language_and_checks() -> None:
    counts = _report().to_dict()
    assert counts["total"] == {"kept": 2, "rejected": 2, "rejected_ratio": 0.5}
    assert counts["by_corpus"]["toy"] == {"kept": 2, "rejected": 1, "rejected_ratio": 0.333333}
    assert counts["by_language"]["de"]["rejected"] == 1
    assert counts["by_step"] == {"synthesize": 1, "validate": 1}
    assert counts["by_level"]["ontology"] == counts["by_level"]["transcription"] == 1
    assert counts["by_check"]["transcription"] == {"span_dropped": 1, "word_errors": 1}
    assert counts["known"]["transcription"] == {"truth": 0, "evidence": 2, "none": 0}
    assert sum(counts["measures"]["snr_db"]["counts"]) == 2


def test_the_page_is_one_file_and_escapes_what_it_shows(tmp_path: Path) -> None:
    report = _report()
    report.write(tmp_path)
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == report.to_dict()
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "span_dropped" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "nan" not in page


def test_a_report_of_nothing_can_be_written(tmp_path: Path) -> None:
    Report().write(tmp_path)
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["total"]["kept"] == 0


def test_a_rejection_is_one_line_with_all_that_was_found() -> None:
    wrong = spoken("She put the lamp.", corpus_text=TEXT)
    violations = tuple(validate(wrong, None, validation_config()))
    rejection = Rejection.of_violations(wrong, violations)
    line = rejection.to_json()
    assert "\n" not in line
    assert Rejection.model_validate_json(line) == rejection
    assert (rejection.reason, rejection.violations) == ("word_errors", violations)
    assert rejection.record == wrong


@pytest.mark.parametrize(("value", "index"), [(-5.0, 0), (0.0, 0), (4.9, 0), (5.0, 1), (99.0, 1)])
def test_histograms_count_what_lies_outside_at_their_edges(value: float, index: int) -> None:
    histogram = Histogram(0.0, 10.0, 2)
    histogram.add(value)
    assert histogram.counts[index] == 1
    assert histogram.edges == [0.0, 5.0, 10.0]
