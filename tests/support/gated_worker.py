"""A model for the worker process that stops at gates, so that a test can kill it where it wants.

The gates are files: unlike the locks of multiprocessing they bear it that a waiter is killed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uas_model.runner.constraints import Choice
from uas_model.runner.request import Final, Finish, GenerateRequest, Hooks, TokenCounts
from uas_server.engine.fake import legal_reply

CONTEXT_TOKENS = 8192
_LOOK_S = 0.02

Gate = Literal["load", "prefill", "middle"]
"""Before the model is there; before the first text of a generation; in the middle of a document."""


@dataclass(frozen=True)
class Gates:
    """Shared by every worker through `folder`; all are open at first."""

    folder: Path

    def close(self, *gates: Gate) -> None:
        """Have the worker stop there."""
        for gate in gates:
            self._here(gate).unlink(missing_ok=True)
            self._closed(gate).touch()

    def open_all(self) -> None:
        """Let every worker through."""
        for file in self.folder.glob("*.closed"):
            file.unlink()

    async def has_come_to(self, gate: Gate) -> bool:
        """Whether a worker waits, or waited, at a closed gate."""
        return self._here(gate).exists()

    def pass_through(self, gate: Gate, stop: Callable[[], Finish | None]) -> Finish | None:
        """Wait until the gate is open; the reason to stop, when there is one meanwhile."""
        while self._closed(gate).exists():
            self._here(gate).touch()
            if reason := stop():
                return reason
            time.sleep(_LOOK_S)
        return None

    def _closed(self, gate: Gate) -> Path:
        return self.folder / f"{gate}.closed"

    def _here(self, gate: Gate) -> Path:
        return self.folder / f"{gate}.here"


@dataclass(frozen=True)
class LoadGated:
    """Loads a `GatedModel`; called in the worker."""

    gates: Gates

    def __call__(self) -> "GatedModel":
        self.gates.pass_through("load", lambda: None)
        return GatedModel(self.gates)


class GatedModel:
    """Says the first legal text of each request, waiting at the gates."""

    context_tokens = CONTEXT_TOKENS

    def __init__(self, gates: Gates) -> None:
        self._gates = gates

    def generate(self, request: GenerateRequest, hooks: Hooks) -> Final:
        reply = legal_reply(request)
        finish = self._gates.pass_through("prefill", hooks.interrupted)
        half = 0 if isinstance(request.constraint, Choice) else len(reply.text) // 2
        if half and finish is None:
            hooks.say(reply.text[:half])
            finish = self._gates.pass_through("middle", hooks.interrupted)
        hooks.say(reply.text[half:])
        tokens = TokenCounts(len(request.prompt_ids), len(request.prefill_ids), 1, 0)
        return Final(reply.text, finish or "stop", tokens, reply.slot_probs)
