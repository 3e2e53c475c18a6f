"""What every engine promises: token ids and audio in, constrained text out.

An engine knows nothing of UAS, prompts or HTTP. The prompt arrives as token ids (audio already
expanded to its placeholder ids) so that no user text can become a control token.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from uas_model.runner.constraints import Choice, Constraint, Regex
from uas_model.runner.request import (
    Event,
    Final,
    Finish,
    GenerateRequest,
    TextDelta,
    TokenCounts,
)

__all__ = [
    "Capabilities",
    "Choice",
    "Constraint",
    "Engine",
    "Event",
    "Final",
    "Finish",
    "GenerateRequest",
    "Health",
    "Regex",
    "TextDelta",
    "TokenCounts",
]

Health: TypeAlias = Literal["starting", "ready", "dead"]


@dataclass(frozen=True)
class Capabilities:
    """What this engine can do.

    Attributes:
        probabilities: `Final.slot_probs` can be filled.
        constraints: those it enforces, among "skeleton", "regex", "choice".
        max_context_tokens: prompt, prefill and output together.
        max_concurrency: generations that make progress at the same time.
        exact_prefill: `prefill_ids` are kept as they are, not tokenised again.
    """

    probabilities: bool
    constraints: frozenset[str]
    max_context_tokens: int
    max_concurrency: int
    exact_prefill: bool


class Engine(Protocol):
    """Runs a model. `start` comes first; `close` may be called at any time, also twice."""

    async def start(self) -> None:
        """Load and warm up; returns when `health()` is "ready". Raises `EngineDead`."""
        ...

    def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """Yield deltas, then one `Final`.

        Raises `EngineError`s on the first or a later step. Closing the generator aborts.
        """
        ...

    async def abort(self, request_id: str) -> None:
        """End a generation between two steps with finish "aborted"; unknown ids are ignored."""
        ...

    def health(self) -> Health:
        """Say how the engine is, without waiting."""
        ...

    async def restart(self) -> None:
        """Come back from "dead" (or from anything else); requests in flight get `EngineDead`."""
        ...

    async def close(self) -> None:
        """Stop and release everything; requests in flight get `EngineDead`."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this engine can do; known before `start`."""
        ...
