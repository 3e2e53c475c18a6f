"""`uas pipeline audit score`: what judges say becomes figures; what does not fit is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from audited import judged, silent, voiced, write_corpus, write_judged
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from uas_cli.command import CommandError, ExitCode
from uas_pipeline.audit.agreement import agreement_of
from uas_pipeline.audit.judgements import VERDICTS, Judgements
from uas_pipeline.audit.sample import Sample
from uas_pipeline.audit.score import Score
from uas_pipeline.audit.score import score as score_of
from uas_schema.scoring import wilson_interval

RunPipeline = Callable[..., int]
CLIPS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, run_pipeline: RunPipeline) -> Path:
    folder = tmp_path_factory.mktemp("score")
    records = [voiced(f"{number}") for number in range(CLIPS)] + [silent("quiet")]
    run_pipeline("audit", "sample", write_corpus(folder, records), "--out", folder)
    return folder


@pytest.fixture(scope="module")
def sample(folder: Path) -> Sample:
    return Sample.read(folder / "sample.json")


def _ages(sample: Sample, judge: str, verdicts: str) -> dict[str, object]:
    """Verdicts on the age of the clips 0, 1, ...: "r", "w" or "c" for each."""
    words = {verdict[0]: verdict for verdict in VERDICTS}
    lines = [(f"toy/{place}", "age", words[letter]) for place, letter in enumerate(verdicts)]
    return judged(sample.id, judge, lines)


def _score(sample: Sample, *files: dict[str, object]) -> Score:
    return score_of(sample, [Judgements.model_validate_json(json.dumps(file)) for file in files])


def test_accuracy_is_of_those_that_could_be_told(sample: Sample) -> None:
    age = _score(sample, _ages(sample, "Ann", "rrrwc")).attributes["age"]
    wanted = wilson_interval(3, 4)
    assert (age.asked, age.sample.judged, age.sample.right, age.cannot_tell) == (CLIPS, 4, 3, 1)
    assert (age.sample.accuracy, age.cannot_tell_share) == (0.75, 0.2)
    assert (age.sample.low, age.sample.high) == (wanted.low, wanted.high)
    assert age.known["truth"] == age.sample
    assert age.known["evidence"].accuracy is None


def test_the_records_weigh_by_how_probable_it_was_to_draw_them(sample: Sample) -> None:
    rare, common = (
        item.model_copy(update={"probability": probability})
        for item, probability in zip(sample.items[:2], (1.0, 0.1), strict=True)
    )
    two = sample.model_copy(update={"items": (rare, common)})
    verdicts = [(rare.key, "description", "right"), (common.key, "description", "wrong")]
    corpus = _score(two, judged(sample.id, "Ann", verdicts)).attributes["description"].corpus
    assert corpus.accuracy == pytest.approx(1 / 11)
    assert corpus.effective == pytest.approx(11**2 / (1 + 10**2))
    assert corpus.low < 1 / 11 < corpus.high


def test_of_several_judges_the_majority_counts_and_a_tie_is_wrong(sample: Sample) -> None:
    files = [_ages(sample, name, verdicts)
             for name, verdicts in (("Ann", "rrwc"), ("Ben", "rwwr"), ("Cem", "wccr"))]  # fmt: skip
    age = _score(sample, *files).attributes["age"]
    assert (age.sample.judged, age.sample.right, age.disputed) == (4, 2, 2)
    assert _score(sample, *files[:2]).attributes["age"].sample.right == 2


def test_agreement_by_hand(sample: Sample) -> None:
    (pair,) = _score(
        sample, _ages(sample, "Ann", "rrrrrrww"), _ages(sample, "Ben", "rrrrrwrw")
    ).agreement
    assert pair.judges == ("Ann", "Ben")
    assert pair.attributes["age"] == pair.all_attributes
    assert (pair.all_attributes.both, pair.all_attributes.agree) == (8, 6)
    by_chance = (6 * 6 + 2 * 2) / 64
    assert pair.all_attributes.kappa == pytest.approx((6 / 8 - by_chance) / (1 - by_chance))
    assert pair.attributes["gender"].share is None


@given(st.lists(st.tuples(*[st.sampled_from(VERDICTS)] * 2), max_size=30))
def test_kappa_is_the_textbooks(pairs: list[tuple[str, str]]) -> None:
    kappa = agreement_of(pairs).kappa
    if kappa is None:
        assert len({verdict for pair in pairs for verdict in pair}) <= 1
    else:
        assert kappa == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))


def test_it_writes_json_and_a_table(
    folder: Path, sample: Sample, run_pipeline: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [("toy/0", "age", "wrong", "Elderly"), ("toy/1", "age", "right")]
    files = [
        write_judged(folder / "ann.json", judged(sample.id, "Ann | <b>", wrong)),
        write_judged(folder / "ben.json", _ages(sample, "Ben", "wr")),
    ]
    capsys.readouterr()
    run_pipeline("audit", "score", folder / "sample.json", *files, "--out", folder)
    assert json.loads(capsys.readouterr().out) == json.loads((folder / "score.json").read_text())
    table = (folder / "score.md").read_text("utf-8")
    assert "Command: `uas pipeline audit score sample.json ann.json ben.json`" in table
    assert r"Judges: Ann \| \<b\> (2 judgements), Ben (2 judgements)." in table
    half = "50.0 % (9.5 % to 90.5 %)"
    assert f"| age | 2 of 8 | 1 | {half} | {half} | 0.0 % | 0 |\n" in table
    assert "| emotion | 0 of 8 | 0 | none | none | none | 0 |\n" in table
    assert "| age | Adult | Elderly | 1 |\n" in table
    assert "| age | 2 | 100.0 % | 34.2 % to 100.0 % | 1.00 |\n" in table


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: judged("other", "Ann", []), r"it judges the sample other, not \w+: give"),
        (lambda drawn: judged(drawn.id, "", []), "judge: "),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/0", "agee", "right")]), "attribute: "),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/0", "age", "maybe")]), "verdict: "),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/x", "age", "right")]), "no clip 'toy/x' in"),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/0", "age", "right")] * 2), "judged twice"),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/0", "accent", "right")]), "was not asked"),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/quiet", "age", "right")]), "was not asked"),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/0", "age", "right", "Child")]), "not wrong"),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/0", "age", "wrong", "Adult")]), "not wrong"),
        (lambda drawn: judged(drawn.id, "Ann", [("toy/0", "age", "wrong", "old")]),
         "age of 'toy/0' cannot be corrected to 'old'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_sample_is_refused(
    folder: Path, sample: Sample, run_pipeline: RunPipeline, tmp_path: Path,
    make: Callable[[Sample], dict[str, object]], message: str,
) -> None:  # fmt: skip
    file = write_judged(tmp_path / "ann.json", make(sample))
    with pytest.raises(CommandError, match=rf"^ann\.json: .*{message}") as refused:
        run_pipeline("audit", "score", folder / "sample.json", file, "--out", tmp_path)
    assert refused.value.exit_code == ExitCode.REFUSED
    assert not (tmp_path / "score.json").exists()


def test_a_judge_has_one_file(
    folder: Path, sample: Sample, run_pipeline: RunPipeline, tmp_path: Path
) -> None:
    files = [write_judged(tmp_path / name, judged(sample.id, "Ann", [])) for name in ("a", "b")]
    with pytest.raises(CommandError, match="b: a second file of 'Ann': give the last one"):
        run_pipeline("audit", "score", folder / "sample.json", *files, "--out", tmp_path)
