"""What the local engine and its worker process say to each other over a pipe.

Every generation has a ticket, a number that is never used twice, so that an answer can reach only
the request it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from uas_model.runner.request import Final, GenerateRequest

RefusalKind: TypeAlias = Literal["pattern", "too_long", "audio", "internal"]


@dataclass(frozen=True)
class Begin:
    """To the worker: generate. `asked_at` is in seconds of `time.monotonic()`."""

    ticket: int
    request: GenerateRequest
    asked_at: float


@dataclass(frozen=True)
class Abort:
    """To the worker: end this generation at the next step; unknown tickets are ignored."""

    ticket: int


@dataclass(frozen=True)
class Stop:
    """To the worker: end the process."""


@dataclass(frozen=True)
class Ready:
    """From the worker: loaded and warm."""

    context_tokens: int


@dataclass(frozen=True)
class Said:
    """From the worker: more text."""

    ticket: int
    text: str


@dataclass(frozen=True)
class Done:
    """From the worker: the end of a generation."""

    ticket: int
    final: Final


@dataclass(frozen=True)
class Refused:
    """From the worker: the request cannot be served; `message` is fit for a caller."""

    ticket: int
    kind: RefusalKind
    message: str


ToWorker: TypeAlias = Begin | Abort | Stop
FromWorker: TypeAlias = Ready | Said | Done | Refused
