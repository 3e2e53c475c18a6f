"""The training loop that all stages share.

A stage says what trains, how its epochs are cut into batches and what a batch's loss is. The loop
does the rest: warm-up and cosine, clipping, checkpoints, resuming, the log. Randomness of a batch
comes from (seed, step, place in the step) alone, so a resumed run repeats what an unbroken one
would have done, and processes do what one would do that accumulates their batches.
"""

import json
import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from uas_training.checkpoints import Position, load_checkpoint, save_checkpoint, save_tensors
from uas_training.config import RunConfig, ScheduleConfig
from uas_training.processes import processes, whole
from uas_training.trackers import Tracker, open_trackers

log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.safetensors"
FINAL = "final.safetensors"
LOG = "log.jsonl"


@dataclass(frozen=True)
class Group:
    """Trainable tensors by name, with their peak learning rate."""

    rate: float
    weights: Mapping[str, Tensor]


class Stage(Protocol):
    """What a stage tells the loop."""

    def groups(self) -> list[Group]:
        """What trains; everything else stays as it is."""

    def batches(self, epoch: int) -> list[list[int]]:
        """The epoch's batches, the same for the same epoch."""

    def loss(self, batch: list[int], rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        """Loss of a batch and figures for the log."""

    def evaluate(self) -> dict[str, float]:
        """Figures on held-out data."""


def run(
    stage: Stage,
    schedule: ScheduleConfig,
    *,
    seed: int,
    output: Path,
    fingerprint: str,
    how: RunConfig = RunConfig(),  # noqa: B008 (frozen)
) -> dict[str, Tensor]:
    """Train to the end of the schedule and return the trained tensors by name.

    Writes ``log.jsonl``, ``checkpoint.safetensors`` every few minutes, and ``final.safetensors``.
    Goes on from a checkpoint in ``output`` when there is one.

    Raises:
        ConfigError: the checkpoint is of another configuration or another number of batches a
            step, or a tracker is not there.
    """
    torch.set_num_threads(schedule.threads)
    output.mkdir(parents=True, exist_ok=True)
    return _Run(stage, schedule, seed, output, fingerprint, how=how).to_the_end()


class _Run:
    def __init__(
        self,
        stage: Stage,
        schedule: ScheduleConfig,
        seed: int,
        output: Path,
        fingerprint: str,
        *,
        how: RunConfig,
    ) -> None:
        self.stage, self.schedule, self.seed = stage, schedule, seed
        self.output, self.fingerprint = output, fingerprint
        self.processes, self.accumulate = processes(), how.accumulate
        self.per_step = how.accumulate * self.processes.count
        trackers = open_trackers(how.trackers, output) if self.processes.first else []
        groups = stage.groups()
        self.weights = {name: w for group in groups for name, w in group.weights.items()}
        self.rates = [group.rate for group in groups]
        self.optimizer = torch.optim.AdamW(
            [{"params": list(group.weights.values()), "lr": group.rate} for group in groups],
            weight_decay=schedule.weight_decay,
            betas=(0.9, 0.98),
        )
        self.position = self._resume()
        self.journal = Journal(
            output / LOG, self.position.step, trackers, writes=self.processes.first
        )
        lengths = (len(stage.batches(epoch)) for epoch in range(schedule.epochs))
        self.total = max(1, sum(math.ceil(length / self.per_step) for length in lengths))
        self.log_every = min(20, max(1, self.total // 5))  # a short stage has a curve too

    def to_the_end(self) -> dict[str, Tensor]:
        saved = time.monotonic()
        for position, batches in self._remaining():
            self._step(position, batches)
            self.position = position
            waited = time.monotonic() - saved > 60 * self.schedule.checkpoint_minutes
            if self.processes.told_by_first(waited):
                self._save()
                saved = time.monotonic()
        self._save()
        save_tensors(self.output / FINAL, self.weights, {"fingerprint": self.fingerprint})
        self.journal.close()
        return self.weights

    def _resume(self) -> Position:
        path = self.output / CHECKPOINT
        if not path.is_file():
            return Position()
        position = load_checkpoint(
            path,
            self.weights,
            self.optimizer,
            self.fingerprint,
            batches_per_step=self.per_step,
        )
        log.info("going on from step %d", position.step)
        return position

    def _save(self) -> None:
        path = self.output / CHECKPOINT
        save_checkpoint(
            path,
            self.weights,
            self.optimizer,
            self.position,
            self.fingerprint,
            batches_per_step=self.per_step,
        )

    def _remaining(self) -> Iterator[tuple[Position, list[list[int]]]]:
        """Batches of each step still to do, with the position that holds after it.

        The last step of an epoch is filled up with the epoch's first batches.
        """
        start = self.position
        step = start.step
        for epoch in range(start.epoch, self.schedule.epochs):
            batches = self.stage.batches(epoch)
            first = start.batch if epoch == start.epoch else 0
            for start_of_step in range(first, len(batches), self.per_step):
                step += 1
                end = start_of_step + self.per_step
                taken = [batches[n % len(batches)] for n in range(start_of_step, end)]
                yield Position(epoch, min(end, len(batches)), step), taken
            if (epoch + 1) % self.schedule.evaluate_every_epochs == 0:
                self._evaluate(epoch)

    def _evaluate(self, epoch: int) -> None:
        self.journal.write(step=self.position.step, epoch=epoch, **self.stage.evaluate())

    def _step(self, position: Position, batches: Sequence[list[int]]) -> None:
        factor = rate_factor(position.step, self.total, self.schedule.warmup_share)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        self.optimizer.zero_grad(set_to_none=True)
        for place in range(self.processes.rank, self.per_step, self.processes.count):
            self._learn(batches[place], position.step, place)
        self.processes.average_gradients(self.weights.values())
        norm = torch.nn.utils.clip_grad_norm_(self.weights.values(), self.schedule.clip_norm)
        self.optimizer.step()
        self.journal.collect(norm=float(whole(norm)))
        if position.step % self.log_every == 0 or position.step == self.total:
            self.journal.sums = self.processes.collect(self.journal.sums)
            self.journal.flush(step=position.step, of=self.total, epoch=position.epoch)

    def _learn(self, batch: list[int], step: int, place: int) -> None:
        """Add a batch's share of the step's gradient."""
        rng = np.random.default_rng([self.seed, step, place])
        torch.manual_seed(int(rng.integers(2**31)))
        loss, figures = self.stage.loss(batch, rng)
        (loss / self.accumulate).backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
        self.journal.collect(loss=float(loss.detach()), **figures)


def rate_factor(step: int, total: int, warmup_share: float) -> float:
    """Linear warm-up to 1, then a half cosine to 0 at the last step."""
    warmup = max(1, round(total * warmup_share))
    if step <= warmup:
        return step / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))


class Journal:
    """``log.jsonl``: one line every few steps and one per evaluation; trackers are told the same.

    Opening it at a step drops the lines after that step: a resumed run writes them again. One that
    does not ``writes`` only sums.
    """

    def __init__(
        self, path: Path, step: int, trackers: Sequence[Tracker] = (), *, writes: bool = True
    ) -> None:
        self.path, self.trackers, self.writes = path, trackers, writes
        self.started = time.monotonic()
        self.sums: dict[str, list[float]] = {}
        if not writes:
            return
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        kept = [line for line in lines if json.loads(line)["step"] <= step]
        path.write_text("".join(line + "\n" for line in kept), encoding="utf-8")

    def collect(self, **figures: float) -> None:
        """Add one step's figures to the running means."""
        for name, value in figures.items():
            self.sums.setdefault(name, []).append(value)

    def flush(self, **where: float) -> None:
        """Write the means since the last flush."""
        means = {name: sum(values) / len(values) for name, values in self.sums.items()}
        self.sums = {}
        self.write(**where, **means)

    def write(self, **figures: float) -> None:
        """Append one line, with the minutes since this process started."""
        if not self.writes:
            return
        minutes = round((time.monotonic() - self.started) / 60, 2)
        rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in figures.items()}
        line = json.dumps({**rounded, "minutes": minutes})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        for tracker in self.trackers:
            tracker.log(rounded, step=int(figures["step"]))
        log.info("%s", line)

    def close(self) -> None:
        """Let every tracker write what it still holds."""
        for tracker in self.trackers:
            tracker.finish()
