"""Stage ``grpo``: the model writes, and learns from how much better one reply is than another.

Group relative policy optimisation (Shao et al. 2024) through TRL's trainer, on what the model
writes without a grammar. Every other stage learns from the truth token by token; here a reply is
rewarded as a whole, so what counts is what a caller gets.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from uas_model.audio_tokens import audio_token_count
from uas_model.audio_vocabulary import AudioVocabulary, put_sounds
from uas_schema.prompts import YES_NO, PromptPart
from uas_training.audio_grpo import Heard, RewardFunction, make_trainer
from uas_training.audio_tokens import ids_of
from uas_training.config import GrpoConfig
from uas_training.data.batches import epoch_batches, shared_out
from uas_training.data.examples import Example, repeats_of
from uas_training.data.sequences import Writer
from uas_training.encoder import ClipsOnce, mel_of, precision
from uas_training.loop import Group
from uas_training.processes import processes
from uas_training.rewards.table import REWARDS, score
from uas_training.rewards.task import Reply, Reward, Task
from uas_training.stages.language import freeze_all_but

TOTAL = "reward"
_FIGURES = ("reward_std", "entropy", "completions/mean_length", "completions/clipped_ratio")
_READ_AT_ONCE = 8  # held-out clips


class Grpo:
    """The stage as the loop sees it.

    Args:
        model: ``AudioFlamingo3ForConditionalGeneration``; tensors in ``trainable`` change.
        writer: makes prompts.
        tokenizer: the same vocabulary as transformers holds it, for TRL.
        training: examples to learn from; clips are not disturbed.
        selection: held-out examples.
        trainable: what the optimizer moves.
        config: the stage's configuration.
        vocabulary: of the audio tokens that the model reads; None if it reads projected states.
    """

    def __init__(
        self,
        model: Any,
        writer: Writer,
        tokenizer: PreTrainedTokenizerBase,
        training: Sequence[Example],
        selection: Sequence[Example],
        *,
        trainable: Sequence[Group],
        config: GrpoConfig,
        vocabulary: AudioVocabulary | None = None,
    ) -> None:
        self.model, self.writer, self.config = model, writer, config
        self.vocabulary, self.encoder = vocabulary, model.model.audio_tower
        self.training, self.trainable = training, trainable
        self.lengths_s = np.array([example.duration_s for example in training])
        self.repeats = repeats_of(training, config.data)
        freeze_all_but(model, trainable)
        model.model.audio_tower = ClipsOnce(model.model.audio_tower)
        self.tasks = _tasks(training, "t")
        self.held_out = _tasks(selection, "h")
        self._by_key = {**self.tasks, **self.held_out}
        self.weights: dict[str, float] = config.rewards.model_dump()
        rewards = [
            (self._rewarder(name, reward), self.weights[name]) for name, reward in REWARDS.items()
        ]
        # TRL sums what applies; the mean that this adds up to is counted, and moves nothing.
        rewards.append((self._rewarder(TOTAL, self._total), 0.0))
        # A written audio token would stand for a clip that is not there.
        unwritten = [writer.tokens.audio_id, *(vocabulary.token_ids if vocabulary else ())]
        self.trainer = make_trainer(
            model,
            tokenizer,
            self.hear,
            rewards=rewards,
            keys=list(self.tasks),
            unwritten=unwritten,
            config=config,
        )

    def groups(self) -> list[Group]:
        """What the stage trains."""
        return list(self.trainable)

    def batches(self, epoch: int) -> list[list[int]]:
        """Length-bucketed batches of one epoch; ``batch_seconds`` counts each clip once.

        Those that several processes take at one time have equally many clips: TRL gathers rewards
        and lengths, and what is gathered has to have one shape.
        """
        count = processes().count
        batches = epoch_batches(
            self.lengths_s,
            self.repeats,
            batch_seconds=count * self.config.schedule.batch_seconds,
            seed=self.config.seed,
            epoch=epoch,
            most=None if self.config.batch_clips is None else count * self.config.batch_clips,
        )
        return shared_out(batches, count)

    def loss(self, batch: list[int], rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        """TRL's loss of the replies to one task of each clip."""
        self.model.train()
        keys = [self._key(index, rng) for index in batch]
        # Two contexts: one would keep the weights that drawing cast without a gradient.
        with self._precision():
            drawn = self.trainer.draw(keys)
        with self._precision():
            loss = self.trainer.loss_of(drawn)
        counted = self.trainer.figures()
        figures = {name: counted[name] for name in _FIGURES}
        means = {name: counted[f"rewards/{name}/mean"] for name in (TOTAL, *REWARDS)}
        figures |= {
            name if name == TOTAL else f"{TOTAL}/{name}": mean
            for name, mean in means.items()
            if not np.isnan(mean)  # a reward that applied to no task of the batch
        }
        return loss, figures

    def evaluate(self) -> dict[str, float]:
        """Mean reward, and the mean of each, of the likeliest replies to held-out tasks."""
        self.model.eval()
        found: dict[str, list[float]] = defaultdict(list)
        keys = list(self.held_out)
        for start in range(0, len(keys), _READ_AT_ONCE):
            chosen = keys[start : start + _READ_AT_ONCE]
            with self._precision():
                replies = self.trainer.likeliest(chosen)
            for key, ids in zip(chosen, replies, strict=True):
                scores = score(self._reply(ids), self.held_out[key].task)
                found[TOTAL].append(scores.total(self.weights))
                for name, value in scores.by_name.items():
                    found[f"{TOTAL}/{name}"].append(value)
        return {name: float(np.mean(values)) for name, values in sorted(found.items())}

    def hear(self, key: str) -> Heard:
        """The prompt of a task's key, and its clip unless its tokens stand in the prompt."""
        known = self._by_key[key]
        samples = known.example.samples()
        parts = self._prompt(known.task)
        ids = self.writer.tokens.encode_prompt(parts, audio_token_count(len(samples)))
        mel = mel_of(samples, self.model.config.audio_config.num_mel_bins)
        if self.vocabulary is None:
            return Heard(ids, mel)
        sound = ids_of(self.encoder, self.vocabulary, [mel]).tolist()
        return Heard(put_sounds(ids, self.writer.tokens.audio_id, [sound]), None)

    def _precision(self) -> torch.autocast:
        return precision(self.model.device, bf16=self.config.schedule.bf16)

    def _key(self, index: int, rng: np.random.Generator) -> str:
        """The document of a clip, or by chance one of its questions."""
        questions = len(self.training[index].record.qa)
        if questions and rng.random() < self.config.question_share:
            return _name("t", index, int(rng.integers(questions)))
        return _name("t", index)

    def _prompt(self, task: Task) -> list[PromptPart]:
        item = task.item
        if item is None:
            return self.writer.prompts.render("uas")
        choices = YES_NO if item.kind == "yes_no" else item.choices
        return self.writer.prompts.render("ask", question=item.question, choices=choices)

    def _reply(self, ids: Sequence[int]) -> Reply:
        """What ids say, read as everywhere: by the checkpoint's own bytes, control tokens gone."""
        return Reply.read(self.writer.tokens.decode(ids))

    def _total(self, reply: Reply, task: Task) -> float:
        return score(reply, task).total(self.weights)

    def _rewarder(self, name: str, reward: Reward) -> RewardFunction:
        """The reward in the form that TRL calls and by the name that it counts it under."""

        def rewards(
            prompts: Sequence[str], completion_ids: Sequence[Sequence[int]], **_: Any
        ) -> list[float | None]:
            return [
                reward(self._reply(ids), self._by_key[key].task)
                for key, ids in zip(prompts, completion_ids, strict=True)
            ]

        rewards.__name__ = name
        return rewards


@dataclass(frozen=True)
class _Known:
    example: Example
    task: Task


def _tasks(examples: Sequence[Example], part: str) -> dict[str, _Known]:
    """Document and questions of every example, by a key."""
    found = {}
    for number, example in enumerate(examples):
        found[_name(part, number)] = _Known(example, Task(example.record))
        for place, item in enumerate(example.record.qa):
            found[_name(part, number, place)] = _Known(example, Task(example.record, item))
    return found


def _name(part: str, number: int, question: int | None = None) -> str:
    return f"{part}{number}" if question is None else f"{part}{number}/{question}"
