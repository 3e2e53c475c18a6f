"""Stage ``listen``: teach the encoder what the fields are about.

The Whisper encoder was trained to spell; emotion, age and pitch survive in it only by accident.
Here it learns them through heads that are thrown away. What is kept is the encoder.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from uas_training.config import ListenConfig
from uas_training.data.augment import mask_bands
from uas_training.data.batches import epoch_batches
from uas_training.data.examples import Example, disturbed, repeats_of
from uas_training.data.mixing import Mixer
from uas_training.data.targets import head_values, record_targets, stack_targets
from uas_training.encoder import encode, mel_of, pad_mels, precision
from uas_training.heads import UNKNOWN, Heads, head_losses
from uas_training.loop import Group
from uas_training.words import WordHeads

HEADS, WORDS = "", "words "  # how the log tells the two kinds of head apart
PROJECTOR = "projector."


class Listen:
    """The stage as the loop sees it.

    Args:
        encoder: ``AudioFlamingo3Encoder``; changed in place.
        training: examples to learn from.
        selection: held-out examples.
        events: labels of the multi-label head.
        config: the stage's configuration.
        words: heads over the projector, which is changed in place; None leaves it out.
    """

    def __init__(
        self,
        encoder: Any,
        training: Sequence[Example],
        selection: Sequence[Example],
        events: Sequence[str],
        config: ListenConfig,
        *,
        words: WordHeads | None = None,
    ) -> None:
        self.encoder, self.words, self.config = encoder, words, config
        self.values = head_values(events)
        classes = {name: len(values) for name, values in self.values.items() if values}
        torch.manual_seed(config.seed)
        self.device, self.bins = encoder.device, encoder.config.num_mel_bins
        self.heads = Heads(encoder.config.d_model, classes, config.head_dropout).to(self.device)
        self.training, self.selection = training, selection
        self.lengths_s = np.array([example.duration_s for example in training])
        self.repeats = repeats_of(training, config.data)
        self.mixer = Mixer(training, config.augment)

    def groups(self) -> list[Group]:
        """Encoder (without its fixed positions), heads, and the projector with its heads."""
        encoder = {
            f"encoder.{name}": weight
            for name, weight in self.encoder.named_parameters()
            if not name.startswith("embed_positions")
        }
        heads = {f"heads.{name}": weight for name, weight in self.heads.named_parameters()}
        groups = [Group(self.config.encoder_rate, encoder), Group(self.config.head_rate, heads)]
        if self.words is not None:
            named = dict(self.words.named_parameters())
            projector = {n: w for n, w in named.items() if n.startswith(PROJECTOR)}
            others = {f"words.{n}": w for n, w in named.items() if n not in projector}
            groups += [Group(self.config.projector_rate, projector)]
            groups += [Group(self.config.head_rate, others)]
        return groups

    def batches(self, epoch: int) -> list[list[int]]:
        """Length-bucketed batches of one epoch."""
        return epoch_batches(
            self.lengths_s,
            self.repeats,
            batch_seconds=self.config.schedule.batch_seconds,
            seed=self.config.seed,
            epoch=epoch,
        )

    def loss(self, batch: list[int], rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        """Weighted sum of the heads' losses."""
        self.encoder.train()
        self.heads.train()
        weights = self.config.head_weights
        mels, targets = [], []
        for index in batch:
            drawn = self.mixer.draw(self.training[index], rng)
            clip = disturbed(drawn, self.config.augment, rng)
            mels.append(mask_bands(mel_of(clip.samples, self.bins), self.config.augment, rng))
            targets.append(record_targets(clip.record, self.values))
        truth = {name: known.to(self.device) for name, known in stack_targets(targets).items()}
        total, figures = torch.zeros((), device=self.device), {}
        for kind, logits in self._logits(mels).items():
            share = self.config.word_weight if kind == WORDS else 1.0
            for name, loss in head_losses(logits, truth).items():
                total = total + share * weights.get(name, 1.0) * loss
                figures[f"{kind}{name}"] = float(loss.detach())
        return total, figures

    @torch.inference_mode()
    def evaluate(self) -> dict[str, float]:
        """Accuracy per head and corpus on the selection examples."""
        self.encoder.eval()
        self.heads.eval()
        predictions = self.predict(self.selection)
        return {
            f"{kind}{name}": share
            for kind in predictions[0]
            for name, share in accuracies(
                [prediction[kind] for prediction in predictions], self.selection, self.values
            ).items()
        }

    @torch.inference_mode()
    def predict(self, examples: Sequence[Example]) -> list[dict[str, dict[str, Tensor]]]:
        """Logits by kind of head and name for every example, one clip at a time."""
        self.encoder.eval()
        self.heads.eval()
        predictions = []
        for example in examples:
            found = self._logits([mel_of(example.samples(), self.bins)])
            predictions.append(
                {
                    kind: {name: values[0].cpu() for name, values in logits.items()}
                    for kind, logits in found.items()
                }
            )
        return predictions

    def _logits(self, mels: Sequence[np.ndarray]) -> dict[str, dict[str, Tensor]]:
        padded, frames = pad_mels(mels)
        with precision(self.device, bf16=self.config.schedule.bf16):
            states, real = encode(self.encoder, padded, frames)
        found: dict[str, dict[str, Tensor]] = {HEADS: self.heads(states, real)}
        if self.words is not None:
            found[WORDS] = self.words(states, real)
        return found


def accuracies(
    predictions: Sequence[dict[str, Tensor]],
    examples: Sequence[Example],
    values: dict[str, tuple[str, ...]],
) -> dict[str, float]:
    """Share of right classes by ``head/corpus``; for events the micro F1 at probability 0.5."""
    hits: dict[str, list[float]] = defaultdict(list)
    counts = {"hit": 0, "said": 0, "true": 0}
    for prediction, example in zip(predictions, examples, strict=True):
        targets = record_targets(example.record, values)
        for name, logits in prediction.items():
            target = targets[name]
            if isinstance(target, int) and target != UNKNOWN:
                hit = float(int(logits.argmax()) == target)
                hits[f"{name}/{example.record.corpus.partition('+')[0]}"].append(hit)
            if isinstance(target, list) and UNKNOWN not in target:
                said, true = logits > 0, torch.tensor(target, dtype=torch.bool)
                counts["hit"] += int((said & true).sum())
                counts["said"] += int(said.sum())
                counts["true"] += int(true.sum())
    figures = {name: sum(values) / len(values) for name, values in hits.items()}
    if counts["true"]:
        figures["events/f1"] = 2 * counts["hit"] / (counts["said"] + counts["true"])
    return figures


def encoder_weights(trained: dict[str, Tensor]) -> dict[str, Tensor]:
    """The part of the stage's result that is kept, under the encoder's own names."""
    prefix = "encoder."
    return {
        name.removeprefix(prefix): weight
        for name, weight in trained.items()
        if name.startswith(prefix)
    }
