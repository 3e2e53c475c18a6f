"""The process that runs the model: takes requests from a pipe, one at a time, in order.

A thread reads the pipe so that an abort is seen between two steps. The process ends when told to,
or when the other end of the pipe is gone. Importing this module brings in no torch: the server does
it too.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from uas_model.runner.errors import AudioMismatch, PatternError, RequestTooLong, RunnerError
from uas_model.runner.memory import give_back, keep_few_kernels
from uas_model.runner.request import Final, Finish, GenerateRequest, Hooks
from uas_schema.skeleton import Repeat, Slot, after_transcription, voice_skeleton
from uas_server.engine.messages import (
    Abort,
    Begin,
    Done,
    FromWorker,
    Ready,
    RefusalKind,
    Refused,
    Said,
    Stop,
    ToWorker,
)

if TYPE_CHECKING:
    from uas_model.runner.runner import PrecisionChoice, Runner

GIVES_BACK_EVERY = 32
"""Generations after which free memory goes back to the system."""

SPIN_ROUNDS = "1000"
"""How long a thread of GNU OpenMP waits awake for the others, for GOMP_SPINCOUNT.

Its default, milliseconds, is right only for a machine with nothing else to do: with the drafter or
another program beside it on 2 cores a pass took 10 times as long. On an idle machine this costs 7
percent of a step.
"""


class Generates(Protocol):
    """What the worker needs of a model."""

    @property
    def context_tokens(self) -> int:
        """Most tokens of prompt, prefill and output together."""
        ...

    def generate(self, request: GenerateRequest, hooks: Hooks) -> Final:
        """Run one generation to its end."""
        ...


Load = Callable[[], Generates]


MODEL_TYPE = "audioflamingo3"
"""The kind of model that the loop in `uas_model.runner` runs, as `config.json` names it."""


@dataclass(frozen=True)
class LoadCheckpoint:
    """Loads a checkpoint and warms it up; called in the worker.

    Attributes:
        path: the checkpoint's folder.
        precision: of the language model; "auto" is int8.
        threads: of torch; more than there are cores makes every step slower.
    """

    path: Path
    precision: PrecisionChoice = "auto"
    threads: int = 2

    def __call__(self) -> Runner:
        """Load, compile the guides of the document's slots, and generate once."""
        import torch

        from uas_model.checkpoint import Checkpoint
        from uas_model.runner.runner import Runner

        torch.set_num_threads(self.threads)
        checkpoint = Checkpoint.open(self.path, verify=False)
        runner = Runner.load(
            self.path, checkpoint.tokenizer, self.precision, pinned=sorted(document_patterns())
        )
        warm_up = GenerateRequest(
            "warm-up",
            tuple(checkpoint.tokenizer.encode_text("Describe.")),
            constraint=after_transcription(voice=True),
            max_tokens=48,
        )
        runner.generate(warm_up, Hooks(say=lambda _: None, interrupted=lambda: None))
        return runner


def document_patterns() -> set[str]:
    """Patterns of the free slots of a document."""
    nodes = [*voice_skeleton(), *after_transcription(voice=False)]
    for node in tuple(nodes):
        if isinstance(node, Repeat):
            nodes.extend(node.item)
    return {node.pattern for node in nodes if isinstance(node, Slot) and node.values is None}


def run_worker(connection: Connection, load: Load) -> None:
    """Serve until `Stop` or the end of the pipe. The target of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What follows is read when torch is imported.
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_ROUNDS)
    keep_few_kernels()
    model = load()
    inbox = _Inbox(connection)
    threading.Thread(target=inbox.read, name="pipe", daemon=True).start()
    try:
        connection.send(Ready(model.context_tokens))
        for served in itertools.count(1):
            begin = inbox.take()
            if begin is None:
                return
            connection.send(_serve(model, begin, inbox, connection))
            if served % GIVES_BACK_EVERY == 0:
                give_back()
    except (BrokenPipeError, ConnectionResetError):
        return


def _serve(model: Generates, begin: Begin, inbox: _Inbox, connection: Connection) -> FromWorker:
    ticket, request = begin.ticket, begin.request
    started = time.monotonic()
    hooks = Hooks(
        say=lambda text: connection.send(Said(ticket, text)),
        interrupted=lambda: _reason_to_stop(request, inbox.is_aborted(ticket)),
    )
    try:
        final = model.generate(request, hooks)
    except RunnerError as error:
        return Refused(ticket, _kind(error), str(error))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # one bad request must not take the others along
        return Refused(
            ticket, "internal", f"the model failed on this request: {type(error).__name__}"
        )
    finally:
        inbox.forget(ticket)
    timings = {"queue_s": started - begin.asked_at, **final.timings}
    return Done(ticket, dataclasses.replace(final, timings=timings))


def _reason_to_stop(request: GenerateRequest, aborted: bool) -> Finish | None:
    if aborted:
        return "aborted"
    if request.deadline is not None and time.monotonic() >= request.deadline:
        return "deadline"
    return None


def _kind(error: RunnerError) -> RefusalKind:
    if isinstance(error, PatternError):
        return "pattern"
    if isinstance(error, RequestTooLong):
        return "too_long"
    return "audio" if isinstance(error, AudioMismatch) else "internal"


class _Inbox:
    """Requests in order, and the tickets that were aborted; filled by the reading thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changed = threading.Condition()
        self._waiting: deque[Begin] = deque()
        self._known: set[int] = set()
        self._aborted: set[int] = set()
        self._over = False

    def read(self) -> None:
        """Read the pipe until its end."""
        while not self._over:
            try:
                message: ToWorker = self._connection.recv()
            except (EOFError, OSError):
                message = Stop()
            with self._changed:
                self._file(message)
                self._changed.notify()

    def take(self) -> Begin | None:
        """Wait for the next request; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._over)
            return None if self._over else self._waiting.popleft()

    def is_aborted(self, ticket: int) -> bool:
        """Whether the generation is to end, also because nobody listens any more."""
        return self._over or ticket in self._aborted

    def forget(self, ticket: int) -> None:
        """Drop what is known of a finished generation."""
        with self._changed:
            self._known.discard(ticket)
            self._aborted.discard(ticket)

    def _file(self, message: ToWorker) -> None:
        if isinstance(message, Stop):
            self._over = True
        elif isinstance(message, Begin):
            self._known.add(message.ticket)
            self._waiting.append(message)
        elif isinstance(message, Abort) and message.ticket in self._known:
            self._aborted.add(message.ticket)
