"""Trackers of experiments by the names that accelerate gives them, such as "tensorboard".

A tracker's own package is not a dependency here; `accelerate.tracking.register_tracker` adds one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from uas_training.config import ConfigError


class Tracker(Protocol):
    """The part of accelerate's ``GeneralTracker`` that the loop needs."""

    def log(self, values: dict[str, Any], step: int | None) -> None:
        """Take the figures of a step."""

    def finish(self) -> None:
        """Write what is still held."""


def open_trackers(names: Sequence[str], output: Path) -> list[Tracker]:
    """Start the trackers of a stage; those that write files do so below ``output``.

    Raises:
        ConfigError: accelerate knows no tracker of that name, or its package is not installed.
    """
    if not names:
        return []
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS

    trackers: list[Tracker] = []
    for name in names:
        if name not in LOGGER_TYPE_TO_CLASS:
            known = ", ".join(sorted(LOGGER_TYPE_TO_CLASS))
            raise ConfigError(f"tracker {name!r} is not known; use one of {known}")
        kind: Any = LOGGER_TYPE_TO_CLASS[name]
        place = (str(output),) if kind.requires_logging_directory else ()
        try:
            tracker = kind(output.name, *place)
            tracker.start()
        except ImportError as error:
            raise ConfigError(
                f"tracker {name!r} needs a package that is not installed: pip install {name}"
            ) from error
        trackers.append(tracker)
    return trackers
