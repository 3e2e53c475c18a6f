"""One generation: what is asked for, and what comes back. Plain data, cheap to import.

Knows nothing of UAS, prompts or torch. The prompt arrives as token ids (audio already expanded to
its placeholder ids) so that no user text can become a control token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from uas_model.runner.constraints import Constraint

MOST_CONTEXT_TOKENS = 2048
"""30 s of audio are 750 tokens; a document or an answer takes a few hundred more."""

Finish: TypeAlias = Literal["stop", "length", "repetition", "deadline", "aborted"]
"""`repetition`: a string went round in a loop and was closed; the text is whole all the same."""


@dataclass(frozen=True)
class GenerateRequest:
    """One generation.

    Attributes:
        request_id: unique among the requests in flight.
        prompt_ids: token ids, with one audio placeholder id per audio token.
        audio: one float32 array [T] of mono 16 kHz samples in [-1, 1] per clip of the prompt.
        prefill_ids: what the assistant is taken to have said already; the output goes on from it.
        constraint: what the text after the prefill must look like; None is free text.
        max_tokens: budget of output tokens after the prefill, forced ones included; at least 1.
        seed: makes sampling repeatable from the same state of the caches (a reused prefix is summed
            in other groups of rows, so low-precision scores differ in their last bits); matters
            only when `temperature` is above 0.
        temperature: 0 is greedy.
        want_probs: ask for the probabilities of closed slots and choices.
        deadline: in seconds of `time.monotonic()`; None is no deadline.
        cache_salt: caches are shared only among requests with the same salt.
    """

    request_id: str
    prompt_ids: tuple[int, ...]
    audio: tuple[NDArray[np.float32], ...] = ()
    prefill_ids: tuple[int, ...] = ()
    constraint: Constraint | None = None
    max_tokens: int = 512
    seed: int | None = None
    temperature: float = 0.0
    want_probs: bool = False
    deadline: float | None = None
    cache_salt: str = ""

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be 1 or more, got {self.max_tokens}")
        if self.temperature < 0:
            raise ValueError(f"temperature must be 0 or more, got {self.temperature}")
        if not self.prompt_ids:
            raise ValueError("prompt_ids is empty; give at least one token")


@dataclass(frozen=True)
class TokenCounts:
    """Tokens of one generation by what they cost.

    `prompt` and `prefill` came with the request, `sampled` were chosen by the model one by one
    (a closed value counts here), `forced` were put in by the skeleton without being asked for.
    """

    prompt: int
    prefill: int
    sampled: int
    forced: int

    @property
    def output(self) -> int:
        """What counts against `max_tokens`."""
        return self.sampled + self.forced


@dataclass(frozen=True)
class TextDelta:
    """Whole characters that follow those of the last delta."""

    text: str


@dataclass(frozen=True)
class Final:
    """The end of a generation, exactly once and last.

    Attributes:
        text: all deltas together: whole characters only.
        finish: why it ended. `length`: the budget ran out before the constraint was complete.
        tokens: counts by kind.
        slot_probs: per closed slot (by its name; a choice is "choice") the probability of every
            allowed JSON text, summing to 1; None when not asked for or not known.
        timings: seconds by stage: queue_s, encode_s, prefill_s, decode_s.
        tail: bytes of a character that the end of the budget cut in two.
    """

    text: str
    finish: Finish
    tokens: TokenCounts
    slot_probs: dict[str, dict[str, float]] | None = None
    timings: dict[str, float] = field(default_factory=dict)
    tail: bytes = b""


Event: TypeAlias = TextDelta | Final


@dataclass(frozen=True)
class Hooks:
    """How a generation talks to the outside.

    `say` gets whole characters as they come; `interrupted` is asked before every pass and gives
    the reason to stop, if any.
    """

    say: Callable[[str], None]
    interrupted: Callable[[], Finish | None]
