"""A stage whose workers wait for each other, so that no worker can do all the work alone."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ray_scaling.meeting import Meeting


@dataclass(frozen=True)
class MeetingStage:
    """Gives the id of its process. Workers meet when they are made and at their first item."""

    folder: Path
    workers: int

    def make(self) -> Callable[[int], int]:
        Meeting(self.folder / "made", self.workers).attend()
        return partial(_at_work, Meeting(self.folder / "at work", self.workers))


def _at_work(meeting: Meeting, item: int) -> int:
    meeting.attend()
    return os.getpid()
