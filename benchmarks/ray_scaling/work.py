"""The stage that is timed: the caption step's own work, on one clip again and again."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ray_scaling.meeting import Meeting
from uas_pipeline.caption.acoustic import AcousticCaptioner
from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.corpora.speech import Recording, Voice


@dataclass(frozen=True)
class Item:
    """A piece of work, and what it took: clocks in seconds, CPU time of its process."""

    index: int
    captions: int
    worker: int = 0
    began_s: float = 0.0
    ended_s: float = 0.0
    cpu_s: float = 0.0


@dataclass(frozen=True)
class Captioning:
    """Makes the function of a worker: describe a clip as often as an item says."""

    clip: Path
    text: str
    meeting: Meeting

    def make(self) -> Callable[[Item], Item]:
        """Read the clip once, as a worker has its libraries loaded once; then wait for the others,
        so that no worker's start is timed.
        """
        recording = Recording(
            id="clip", corpus="benchmark", path=self.clip, licence="CC0-1.0", language="en",
            text=self.text, voice=Voice(None, None, None, None),
        )  # fmt: skip
        samples, captioner = read_audio(self.clip), AcousticCaptioner()
        captioner.caption(recording, samples)  # what is loaded at the first clip
        self.meeting.attend()
        return partial(_timed, lambda: captioner.caption(recording, samples))


def _timed(describe: Callable[[], object], item: Item) -> Item:
    # The clock that every process of a machine shares.
    began_s, cpu_s = time.monotonic(), time.process_time()
    for _ in range(item.captions):
        describe()
    return replace(
        item,
        worker=os.getpid(),
        began_s=began_s,
        ended_s=time.monotonic(),
        cpu_s=time.process_time() - cpu_s,
    )
