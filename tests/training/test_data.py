"""Selection, order, targets and augmentation of training data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training.conftest import example_of, sound_example, voiced_record

from uas_schema.document import UasDocument
from uas_training.config import AugmentConfig, DataConfig
from uas_training.data.augment import disturb, mask_bands
from uas_training.data.batches import epoch_batches, shared_out
from uas_training.data.examples import (
    disturbed,
    is_non_commercial,
    repeats_of,
    selection_records,
    training_records,
)
from uas_training.data.targets import head_values, record_targets
from uas_training.heads import UNKNOWN


@settings(deadline=None)
@given(
    lengths=st.lists(st.floats(0.2, 12), min_size=1, max_size=80),
    seed=st.integers(0, 1000),
    epoch=st.integers(0, 5),
)
def test_an_epoch_holds_every_example_once_within_the_budget(
    lengths: list[float], seed: int, epoch: int
) -> None:
    lengths_s = np.array(lengths)
    order = {"batch_seconds": 20.0, "seed": seed, "epoch": epoch}
    batches = epoch_batches(lengths_s, np.ones(len(lengths)), **order)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len(b) == 1 or lengths_s[b].max() * len(b) <= 20.0 for b in batches)
    assert batches == epoch_batches(lengths_s, np.ones(len(lengths)), **order)
    few = epoch_batches(lengths_s, np.ones(len(lengths)), **order, most=2)
    assert sorted(i for batch in few for i in batch) == list(range(len(lengths)))
    assert all(len(b) == 1 or (len(b) == 2 and lengths_s[b].max() * 2 <= 20.0) for b in few)


def test_repeats_over_sample() -> None:
    batches = epoch_batches(np.ones(10), np.full(10, 2.5), batch_seconds=4, seed=0, epoch=0)
    counts = np.bincount([i for batch in batches for i in batch])
    assert set(counts) == {2, 3}


def test_batches_are_shared_out_evenly_and_filled_up() -> None:
    assert shared_out([[1, 2, 3], [4]], 1) == [[1, 2, 3], [4]]
    assert shared_out([[1, 2, 3, 4, 5], [6]], 2) == [[1, 3, 5], [2, 4, 1], [6], [6]]


def test_repeats_are_found_by_corpus_mixture_and_the_rest() -> None:
    corpora = ("acted", "acted+sounds", "read", "read+sounds")
    examples = [example_of(voiced_record(corpus=corpus)) for corpus in corpora]
    repeats = {"acted": 2.0, "acted+": 3.0, "*": 0.5}
    config = DataConfig(manifests=(), repeats=repeats)
    assert list(repeats_of(examples, config)) == [2.0, 3.0, 0.5, 0.5]
    assert list(repeats_of(examples, DataConfig(manifests=()))) == [1.0] * 4


@pytest.mark.parametrize(
    ("licence", "expected"),
    [("CC BY-NC-SA 4.0", True), ("CC-BY-NC-4.0", True), ("CC0-1.0", False), ("MIT", False)],
)
def test_non_commercial_licences_are_recognised(licence: str, expected: bool) -> None:
    assert is_non_commercial(licence) is expected


def test_one_switch_leaves_out_non_commercial_data() -> None:
    records = [voiced_record(0), voiced_record(1, licence="CC BY-NC-SA 4.0")]
    everything = DataConfig(manifests=())
    open_only = DataConfig(manifests=(), non_commercial=False)
    assert [r.id for r in training_records(records, everything)] == ["clip-0", "clip-1"]
    assert [r.id for r in training_records(records, open_only)] == ["clip-0"]


def test_held_out_speakers_select_and_never_train() -> None:
    records = [voiced_record(n) for n in range(9)]
    records.append(voiced_record(9, split="development", speaker="speaker-1"))
    config = DataConfig(manifests=(), hold_out_speakers=("speaker-1",))
    training = {r.id for r in training_records(records, config)}
    selection = {r.id for r in selection_records(records, config)}
    assert selection == {"clip-1", "clip-4", "clip-7"}
    assert not training & selection
    assert "clip-9" not in training | selection


def test_unknown_fields_have_no_target() -> None:
    record = voiced_record()
    values = head_values(("rain", "piano"))
    targets = record_targets(record, values)
    assert values["emotion"][targets["emotion"]] == "Fear"
    assert values["brightness"][targets["brightness"]] == "dark"
    assert targets["pitch"] == UNKNOWN
    assert targets["events"] == [1, 0]
    hidden = voiced_record(known={"transcription": "truth"})
    targets = record_targets(hidden, values)
    assert targets["emotion"] == UNKNOWN
    assert targets["events"] == [UNKNOWN, UNKNOWN]
    assert targets["voice"] == 1


def test_a_clip_without_voice_has_no_emotion_target() -> None:
    record = voiced_record(document=UasDocument.no_voice(description="Silence"))
    targets = record_targets(record, head_values(()))
    assert (targets["voice"], targets["emotion"]) == (0, UNKNOWN)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 200))
def test_disturbed_sound_is_finite_in_range_and_repeatable(seed: int) -> None:
    config = AugmentConfig(reverb_probability=1, low_pass_probability=1)
    samples = np.random.default_rng(1).uniform(-1, 1, 4000).astype(np.float32)
    once = disturb(samples, config, np.random.default_rng(seed), speed=True, noise=True)
    again = disturb(samples, config, np.random.default_rng(seed), speed=True, noise=True)
    assert once.dtype == np.float32
    assert np.isfinite(once).all()
    assert np.abs(once).max() <= 1
    assert np.array_equal(once, again)


def test_simulated_truth_is_never_made_false() -> None:
    config = AugmentConfig(speed_probability=1, noise_probability=1)
    known = {**voiced_record().known, "prosody": "truth"}
    example = example_of(voiced_record(known=known))
    clip = disturbed(example.clip(), config, np.random.default_rng(0))
    assert len(clip.samples) == len(example.sound)
    assert clip.record == example.record


def test_what_a_disturbance_made_untrue_becomes_unknown() -> None:
    config = AugmentConfig(speed_probability=1, noise_probability=1)
    known = {**voiced_record().known, "discreteEvents": "evidence"}
    record = voiced_record(known=known)
    clip = disturbed(example_of(record).clip(), config, np.random.default_rng(0))
    changed = clip.record
    assert len(clip.samples) != 8000
    lost = {field for field in record.known if record.known[field] != changed.known[field]}
    assert lost == {"timbre", "description", "discreteEvents", "continuousEvents"}
    assert changed.known["emotion"] == "truth"


def test_masks_leave_the_original_alone() -> None:
    mel = np.random.default_rng(0).normal(size=(80, 50)).astype(np.float32)
    before = mel.copy()
    masked = mask_bands(mel, AugmentConfig(), np.random.default_rng(3))
    assert np.array_equal(mel, before)
    assert not np.array_equal(masked, before)


def test_a_sound_alone_keeps_its_name_at_another_speed() -> None:
    config = AugmentConfig(speed_probability=1, noise_probability=0)
    example = sound_example("dog bark")
    clip = disturbed(example.clip(), config, np.random.default_rng(0))
    assert len(clip.samples) != len(example.sound)
    assert clip.record == example.record
