"""What a clip is asked: kinds of samples, and that nothing else depends on them."""

import numpy as np
import pytest
import torch
from tests.training.conftest import example_of, voiced_record

from uas_schema.document import UasDocument
from uas_schema.records import KNOWN_FIELDS, Record
from uas_training.config import AugmentConfig, SampleKind, TuneConfig
from uas_training.data.asking import can_be_asked, uncertain_fields
from uas_training.data.sequences import ClipSequence, Writer
from uas_training.stages import tune
from uas_training.stages.language import LanguageStage

STILL = AugmentConfig(noise_probability=0, speed_probability=0)
KINDS: tuple[SampleKind, ...] = ("transcript", "question", "plain")


class Asked(LanguageStage):
    """A stage whose clips can be looked at."""

    def look(self, seed: int = 0) -> tuple[np.ndarray, ClipSequence]:
        return self._disturbed(self.training[0], np.random.default_rng(seed))


def stage_of(model: object, writer: Writer, record: Record, **changes: object) -> Asked:
    values = {
        "stage": "tune", "base": "base", "output": "out", "data": {"manifests": ()},
        "lora_rank": 2, "questions_per_clip": 0,
    }  # fmt: skip
    config = TuneConfig.model_validate(values | changes)
    torch.manual_seed(0)
    groups = tune.trainable(model, config)
    return Asked(model, writer, [example_of(record)], [], trainable=groups, config=config)


def answer(writer: Writer, sequence: ClipSequence, number: int = 0) -> str:
    branch = sequence.branches[number]
    ids = [i for i, weight in zip(branch.ids, branch.weights, strict=True) if weight > 0]
    assert ids[-1] == writer.stop
    return writer.tokens.decode(ids[:-1])


def test_a_transcript_is_all_that_is_said(model, writer: Writer) -> None:
    stage = stage_of(model, writer, voiced_record(), kinds={"transcript": 1})
    _, sequence = stage.look()
    assert len(sequence.branches) == 1
    assert answer(writer, sequence) == "Good morning."


def test_a_clip_without_a_voice_has_an_empty_transcript(writer: Writer) -> None:
    _, branch = writer.transcript(voiced_record(document=UasDocument.no_voice("Silence"), qa=()))
    assert branch.ids == (writer.stop,)


@pytest.mark.parametrize(("more", "count"), [(0, 1), (1, 2), (5, 2)])
def test_a_question_alone_or_with_others(model, writer: Writer, more: int, count: int) -> None:
    record = voiced_record()
    stage = stage_of(model, writer, record, kinds={"question": 1}, questions_per_clip=more)
    _, sequence = stage.look()
    said = {answer(writer, sequence, number) for number in range(len(sequence.branches))}
    assert len(sequence.branches) == len(said) == count
    assert said <= {item.answer for item in record.qa}


def test_a_mixture_takes_what_the_clip_has(model, writer: Writer) -> None:
    record = voiced_record(qa=())
    stage = stage_of(model, writer, record, kinds={"question": 99, "transcript": 1})
    assert {answer(writer, stage.look(seed)[1]) for seed in range(5)} == {"Good morning."}


def test_clips_are_disturbed_alike_whatever_is_asked(model, writer: Writer) -> None:
    augment = {"noise_probability": 1, "speed_probability": 1}
    heard = []
    for kind in KINDS:
        stage = stage_of(model, writer, voiced_record(), kinds={kind: 1}, augment=augment)
        mel, sequence = stage.look(7)
        heard.append((mel, sequence.prefix))
    for mel, prefix in heard[1:]:
        assert np.array_equal(mel, heard[0][0])
        assert prefix == heard[0][1]


def test_what_can_be_asked() -> None:
    record = voiced_record()
    assert all(can_be_asked(record, kind) for kind in KINDS)
    unknown = record.replace(known={}, qa=())
    assert [kind for kind in KINDS if can_be_asked(unknown, kind)] == ["plain"]
    fields = frozenset({"gender", "age"})
    assert not can_be_asked(record, "question", fields)
    assert can_be_asked(record, "question", fields - {"age"})


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, set()),
        ({"speed_probability": 0.1}, {"prosody", "timbre"}),
        ({"noise_probability": 0.1}, set(KNOWN_FIELDS[-3:])),
        ({"mix_voice_probability": 0.1}, set(KNOWN_FIELDS[-3:])),
    ],
)
def test_fields_that_a_disturbance_makes_untrue(change: dict[str, float], fields: set[str]) -> None:
    assert uncertain_fields(STILL.model_copy(update=change)) == fields
