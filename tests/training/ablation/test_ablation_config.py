"""The YAML of an ablation, its clips, and the settings that it refuses."""

from pathlib import Path

import pytest
from tests.training.ablation.conftest import write_ablation, write_manifest

import uas_training
from uas_cli.command import ExitCode
from uas_cli.main import main
from uas_schema.records import read_records
from uas_training.ablation.clips import prepare_clips, usable_records
from uas_training.ablation.config import (
    Run,
    load_ablation,
    questions_beside,
    run_stage_config,
    runs_of,
    start_stage,
    writes_documents,
)
from uas_training.ablation.paper import load_paper
from uas_training.ablation.questions import load_questions
from uas_training.ablation.tally import seed_interval
from uas_training.ablation.tokens import answer_tokens
from uas_training.config import ConfigError, TextConfig, load_config
from uas_training.data.examples import read_manifests

SHIPPED = sorted((Path(uas_training.__file__).parent / "configs" / "ablation").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_arms_differ_in_what_is_asked_alone(path: Path) -> None:
    config = load_ablation(path)
    asked = [arm for arm in config.arms if arm not in config.learning_of]
    assert asked == list(load_paper().arms)
    assert len(config.seeds) == 3
    for seed in config.seeds:
        stages = [run_stage_config(config, Run(arm, seed)) for arm in asked]
        same = {
            s.model_copy(update={"kinds": {}, "output": Path()}).model_dump_json() for s in stages
        }
        assert len(same) == 1
        assert all(stage.start == start_stage(config).output for stage in stages)
    assert start_stage(config).kinds == {"transcript": 1.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arms": {}}, "arms"),
        ({"arms": {"asr": {"transcripts": 1}}}, "transcript"),
        ({"arms": {"../x": {"plain": 1}}}, "arms"),
        ({"learning_of": {"qaa": {"encoder_rate": 0}}}, "no arm 'qaa': did you mean 'qa'"),
        ({"learning_of": {"uas": {"lora_rank": 4}}}, "lora_rank"),
        (
            {"learning_of": {"uas": {"after": "qa"}}},
            "uas after 'qa'; it can go on .* before it: asr",
        ),
        (
            {"learning_of": {"asr": {"after": "uas"}}},
            "asr after 'uas'; it can go on .* before it: none",
        ),
        (
            {"learning_of": {"qa": {"after": "uas"}, "uas+qa": {"after": "qa"}}},
            "uas.qa after 'qa', which itself goes on from 'uas'",
        ),
        (
            {"learning_of": {"qa": {"after": "uas", "method": "full"}}},
            "qa with method 'full' would lose the low-rank factors of 'uas'",
        ),
        ({"sampels": 3}, "did you mean 'samples'"),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path, material: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        load_ablation(write_ablation(tmp_path, material, **change))


def test_an_arm_may_move_other_weights_and_nothing_else(tmp_path: Path, material: Path) -> None:
    change = {"qa": {"method": "full", "full_rate": 1e-4}, "uas": {"encoder_rate": 2e-5}}
    config = load_ablation(write_ablation(tmp_path, material, learning_of=change))
    stages = {run.arm: run_stage_config(config, run) for run in runs_of(config)}
    assert (stages["qa"].method, stages["qa"].full_rate) == ("full", 1e-4)
    assert stages["uas"].encoder_rate == 2e-5
    plain = run_stage_config(load_ablation(write_ablation(tmp_path, material)), Run("uas", 1))
    assert run_stage_config(config, Run("uas", 1)) == plain.model_copy(
        update={"encoder_rate": 2e-5}
    )


def test_an_arm_may_ask_a_clip_more_and_its_tokens_are_counted(
    tmp_path: Path, material: Path
) -> None:
    arms = {"uas": {"plain": 1}, "qa": {"question": 1}, "uas-and-qa": {"plain": 1}}
    change = {"uas-and-qa": {"questions_per_clip": 1}}
    config = load_ablation(write_ablation(tmp_path, material, arms=arms, learning_of=change))
    asked = {run.arm: run_stage_config(config, run).questions_per_clip for run in runs_of(config)}
    assert asked == {"uas": 0, "qa": 0, "uas-and-qa": 1}
    records = read_manifests(config.clips.manifests)
    tokens = {
        arm: answer_tokens(config.base, records, kinds, questions=questions_beside(config, arm))
        for arm, kinds in config.arms.items()
    }
    assert tokens["uas-and-qa"] == pytest.approx(tokens["uas"] + tokens["qa"])


def test_an_arm_may_go_on_from_the_run_of_another_with_its_seed(
    tmp_path: Path, material: Path
) -> None:
    arms = {"qa": {"question": 1}, "uas": {"plain": 1}, "uas-then-qa": {"question": 1}}
    change = {"uas-then-qa": {"after": "uas"}}
    config = load_ablation(write_ablation(tmp_path, material, arms=arms, learning_of=change))
    for seed in config.seeds:
        earlier, then, asked = (
            run_stage_config(config, Run(arm, seed)) for arm in ("uas", "uas-then-qa", "qa")
        )
        expected = asked.model_copy(update={"start": earlier.output, "output": then.output})
        assert then == expected
    writing = [arm for arm in config.arms if writes_documents(config, arm)]
    assert writing == ["uas", "uas-then-qa"]


def test_an_arm_may_learn_texts_beside_the_same_clips(tmp_path: Path, material: Path) -> None:
    arms = {"uas": {"plain": 1}, "uas+text": {"plain": 1}}
    change = {"uas+text": {"text": {"manifests": ["texts.jsonl"], "share": 0.5}}}
    config = load_ablation(write_ablation(tmp_path, material, arms=arms, learning_of=change))
    plain, with_texts = (run_stage_config(config, Run(arm, 1)) for arm in arms)
    assert with_texts.text == TextConfig(manifests=(Path("texts.jsonl"),), share=0.5)
    assert with_texts.model_copy(update={"text": None, "output": plain.output}) == plain


def test_a_run_is_printed_as_a_stage_of_its_own(
    tmp_path: Path, material: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_ablation(tmp_path, material)
    assert main(["train", "ablation", str(path), "--stage", "uas+qa-2"]) == ExitCode.OK
    (tmp_path / "stage.yaml").write_text(capsys.readouterr().out, encoding="utf-8")
    expected = run_stage_config(load_ablation(path), Run("uas+qa", 2))
    assert load_config(tmp_path / "stage.yaml") == expected
    assert main(["train", "ablation", str(path), "--stage", "uas+qa-9"]) == ExitCode.REFUSED
    assert "no run 'uas+qa-9': did you mean 'uas+qa-" in capsys.readouterr().err


def test_all_arms_and_their_start_have_the_encoder_that_is_named(
    tmp_path: Path, material: Path
) -> None:
    start = {"clips": 4, "projector_rate": 1e-3, "encoder": "build/listen"}
    config = load_ablation(write_ablation(tmp_path, material, start=start))
    stages = [start_stage(config), *(run_stage_config(config, run) for run in runs_of(config))]
    assert {stage.encoder for stage in stages} == {Path("build/listen")}


def test_clips_of_a_seed_are_drawn_once_and_found_from_anywhere(
    tmp_path: Path, material: Path
) -> None:
    config = load_ablation(write_ablation(tmp_path, material))
    prepare_clips(config)
    manifests = [config.output / "clips" / str(seed) / "train.jsonl" for seed in (1, 2)]
    first, second = ([r.id for r in read_records(path)] for path in manifests)
    assert len(first) == len(set(first)) == 8
    assert first != second
    assert all(Path(record.audio).is_file() for record in read_manifests(manifests))


def test_too_few_clips_are_refused(tmp_path: Path, material: Path) -> None:
    config = load_ablation(write_ablation(tmp_path, material, samples=50))
    with pytest.raises(ConfigError, match="samples asks for 50 different clips, and 12 can be"):
        prepare_clips(config)


def test_a_clip_that_noise_leaves_without_questions_teaches_no_arm(
    tmp_path: Path, material: Path
) -> None:
    manifest = write_manifest(tmp_path / "train", 4, "heard")
    clips = {"manifests": [str(manifest)]}
    quiet = load_ablation(write_ablation(tmp_path / "a", material, clips=clips))
    loud = quiet.model_copy(
        update={"augment": quiet.augment.model_copy(update={"noise_probability": 0.5})}
    )
    assert len(usable_records(quiet)) == len(usable_records(loud)) == 4
    sounds = [
        record.replace(qa=tuple(i.replace(field="description") for i in record.qa))
        for record in read_records(manifest)
    ]
    manifest.write_text("".join(record.to_json() + "\n" for record in sounds), encoding="utf-8")
    assert len(usable_records(quiet)) == 4
    assert usable_records(loud) == []


def test_speakers_of_the_training_clips_are_refused(tmp_path: Path, material: Path) -> None:
    config = load_ablation(write_ablation(tmp_path, material))
    manifest = material / "train" / "train.jsonl"
    asked = config.evaluation.model_copy(update={"manifest": manifest})
    with pytest.raises(ConfigError, match="speaker 'heard0' of train"):
        load_questions(config.model_copy(update={"evaluation": asked}))


def test_the_interval_over_seeds_is_students() -> None:
    low, high = seed_interval([0.4, 0.5, 0.6]) or (0, 0)
    assert (low, high) == pytest.approx((0.5 - 0.2484, 0.5 + 0.2484), abs=1e-3)
    assert seed_interval([0.4]) is None
