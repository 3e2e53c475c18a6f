"""The steps around the backends: caption, synthesize and validate a clip."""

import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from uas_pipeline.caption.protocol import Captioner
from uas_pipeline.run.store import digest_of
from uas_pipeline.steps.clip import Clip
from uas_pipeline.steps.protocol import Listen
from uas_pipeline.synthesize.protocol import Synthesizer
from uas_pipeline.validate.checks import validate
from uas_pipeline.validate.config import ValidationConfig
from uas_pipeline.validate.violation import Rejection
from uas_pipeline.validate.violation import Step as StepName
from uas_schema import __version__

T = TypeVar("T")

Identity = Mapping[str, object]


class Once(Generic[T]):
    """Something that is made when it is first asked for, by one thread: a model takes a while."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: list[T] = []

    def get(self) -> T:
        """The one thing. Raises what making it raises."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


class CaptionStep:
    """Describes a clip's sound."""

    name: StepName = "caption"

    def __init__(self, make: Callable[[], Captioner], identity: Identity, threads: int = 1) -> None:
        self._captioner, self._identity, self.threads = Once(make), identity, threads

    def identity(self) -> Identity:
        """Backend, configuration and the version of this package."""
        return {**self._identity, "version": __version__}

    def run(self, clip: Clip, listen: Listen) -> Clip:
        """Add the caption."""
        caption = self._captioner.get().caption(clip.recording, listen(clip))
        return clip.model_copy(update={"caption": caption})


class SynthesizeStep:
    """Makes the record of a captioned clip."""

    name: StepName = "synthesize"

    def __init__(
        self, make: Callable[[], Synthesizer], identity: Identity, threads: int = 1
    ) -> None:
        self._synthesizer, self._identity, self.threads = Once(make), identity, threads

    def identity(self) -> Identity:
        """Backend, configuration and the version of this package."""
        return {**self._identity, "version": __version__}

    def run(self, clip: Clip, listen: Listen) -> Clip:
        """Add the record. Raises ``ValueError`` for a clip without a caption."""
        del listen
        if clip.caption is None:
            raise ValueError(f"{clip.recording.id} has no caption: run the caption step first")
        record = self._synthesizer.get().synthesize(clip.recording, clip.caption)
        return clip.model_copy(update={"record": record})


class ValidateStep:
    """Checks a clip's record; one that fails is rejected with all its violations."""

    name: StepName = "validate"
    threads = 1

    def __init__(self, config: ValidationConfig) -> None:
        self._config = config

    def identity(self) -> Identity:
        """Version and thresholds."""
        return {"version": __version__, "thresholds": digest_of(self._config.model_dump())}

    def run(self, clip: Clip, listen: Listen) -> Clip | Rejection:
        """The clip as it is, or the rejection. Raises ``ValueError`` for one without a record."""
        del listen
        if clip.record is None:
            raise ValueError(f"{clip.recording.id} has no record: run the synthesize step first")
        violations = validate(clip.record, clip.caption, self._config)
        return Rejection.of_violations(clip.record, tuple(violations)) if violations else clip
