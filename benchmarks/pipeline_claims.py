"""What the embedded describer and the rules claim of real speech, against what its corpora know.

    python benchmarks/pipeline_claims.py --speech shared/data [--split development] [--every 4]

Each clip is described and made a record twice: as its corpus knows it, which shows how many good
clips the checks reject; and with age, gender, emotion and accent withheld, which shows what the
rules claim by themselves. Then every gender is turned round, which shows how many of such errors
the checks find. Printed as JSON by corpus and split; intervals are Wilson's.
"""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from uas_pipeline.caption.acoustic import AcousticCaptioner
from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.corpora.labelled import read_labelled
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.corpora.splits import SPLITS
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.rules import RulesSynthesizer
from uas_pipeline.validate.checks import validate
from uas_pipeline.validate.config import validation_config
from uas_schema.records import KNOWN_FIELDS, Record
from uas_schema.scoring import wilson_interval
from uas_signal import SAMPLE_RATE_HZ

OTHER = {"Male": "Female", "Female": "Male"}


def main() -> None:
    """Print one JSON object a corpus and split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder of labelled corpora")
    parser.add_argument("--corpus", action="append", choices=("ravdess", "emodb"))
    parser.add_argument("--every", type=int, default=1, help="take every N-th clip")
    parser.add_argument("--split", action="append", choices=SPLITS)
    arguments = parser.parse_args()
    for corpus in arguments.corpus or ("ravdess", "emodb"):
        for split in arguments.split or SPLITS:
            clips = list(read_labelled(arguments.speech, corpus, split))[:: arguments.every]
            print(json.dumps({"corpus": corpus, "split": split, **judge(clips)}))
            sys.stdout.flush()


def judge(clips: list[Recording]) -> dict[str, object]:
    """Figures of one split."""
    captioner, rules, config = (
        AcousticCaptioner(),
        RulesSynthesizer(MergeConfig()),
        (validation_config()),
    )
    rejected, known, right = Counter[str](), Counter[str](), Counter[bool]()
    rejected_clips, turned_found, sound_s, caption_s = 0, 0, 0.0, 0.0
    for clip in clips:
        samples = read_audio(clip.path)
        began_s = time.process_time()
        caption = captioner.caption(clip, samples)
        caption_s += time.process_time() - began_s
        sound_s += len(samples) / SAMPLE_RATE_HZ
        true = rules.synthesize(clip, caption)
        checks = {violation.check for violation in validate(true, None, config)}
        rejected.update(checks)
        rejected_clips += bool(checks)
        claimed = rules.synthesize(withheld(clip), caption)
        known.update(name for name in KNOWN_FIELDS if claimed.known[name] != "none")
        if (gender := claimed.document.paralinguistics.gender) is not None:
            right[gender == clip.voice.gender] += 1
        turned_found += any(
            violation.check == "gender_f0" for violation in validate(turned(true), None, config)
        )
    claims = right.total()
    interval = wilson_interval(right[True], claims)
    return {
        "clips": len(clips),
        "good_rejected": rejected_clips,
        "rejected_by": dict(rejected),
        "gender_claimed": round(claims / len(clips), 3),
        "gender_right": round(right[True] / claims, 3) if claims else None,
        "gender_right_95": [round(interval.low, 3), round(interval.high, 3)],
        "turned_genders_found": round(turned_found / len(clips), 3),
        "known_by_rules": {
            name: round(known[name] / len(clips), 3) for name in KNOWN_FIELDS if known[name]
        },
        "times_real_time": round(sound_s / caption_s, 1),
    }


def withheld(clip: Recording) -> Recording:
    """A clip of which only the text is known."""
    voice = replace(clip.voice, gender=None, age=None, accent=None)
    return replace(clip, voice=voice, emotion_known="none")


def turned(record: Record) -> Record:
    """The record with the other gender."""
    voice = record.document.paralinguistics
    other = voice.replace(gender=OTHER[voice.gender or "Male"])
    return record.replace(document=record.document.replace(paralinguistics=other))


if __name__ == "__main__":
    main()
