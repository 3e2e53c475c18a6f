"""A few clips of real acted speech, where the folder is at hand: what is claimed is true."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from uas_pipeline.caption.acoustic import AcousticCaptioner
from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.corpora.labelled import read_labelled
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.rules import RulesSynthesizer
from uas_pipeline.validate.checks import validate
from uas_pipeline.validate.config import validation_config

SPEECH = Path(os.environ.get("UAS_LABELLED_SPEECH", Path(__file__).parents[3] / "shared/data"))


@pytest.mark.parametrize(("corpus", "every"), [("ravdess", 60), ("emodb", 14)])
def test_good_clips_pass_and_gender_is_right_where_it_is_claimed(corpus: str, every: int) -> None:
    if not (SPEECH / corpus).exists():
        pytest.skip("no labelled speech: set UAS_LABELLED_SPEECH to its folder")
    clips = list(read_labelled(SPEECH, corpus, "development"))[::every]
    rules, config, right = RulesSynthesizer(MergeConfig()), validation_config(), 0
    for clip in clips:
        caption = AcousticCaptioner().caption(clip, read_audio(clip.path))
        assert validate(rules.synthesize(clip, caption), None, config) == []
        withheld = replace(clip, voice=replace(clip.voice, gender=None))
        gender = rules.synthesize(withheld, caption).document.paralinguistics.gender
        assert gender in (None, clip.voice.gender)
        right += gender is not None
    assert right >= len(clips) // 3
