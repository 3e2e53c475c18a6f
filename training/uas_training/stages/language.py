"""What ``adapt`` and ``tune`` share: clips as token sequences, loss, held-out readings.

The two differ only in which tensors train; see ``stages/adapt.py`` and ``stages/tune.py``.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from uas_model.audio_tokens import audio_token_count
from uas_model.audio_vocabulary import AudioVocabulary
from uas_schema.prompts import PromptPart
from uas_schema.records import QaItem, Record
from uas_training.config import AskedKind, LanguageConfig, SampleKind
from uas_training.data.asking import can_be_asked
from uas_training.data.augment import mask_bands
from uas_training.data.batches import epoch_batches
from uas_training.data.examples import Example, disturbed, repeats_of
from uas_training.data.mixing import Mixer
from uas_training.data.sequences import Branch, ClipSequence, Writer
from uas_training.data.texts import TextMix
from uas_training.encoder import mel_of, precision
from uas_training.language import Packed, batch_loss, hidden_states, pack
from uas_training.loop import Group
from uas_training.processes import Processes, processes
from uas_training.readings import Reading, ReadingSequence, read_choices, readings_of
from uas_training.sharding import Whole, shard, split_groups


class LanguageStage:
    """A language stage as the loop sees it.

    Args:
        model: ``AudioFlamingo3ForConditionalGeneration``; tensors in ``trainable`` change.
        writer: makes token sequences.
        training: examples to learn from.
        selection: held-out examples.
        trainable: what the optimizer moves.
        config: the stage's configuration.
        vocabulary: of the audio tokens that the model reads; None if it reads projected states.
        texts: texts without a sound that are learned beside the clips.
    """

    def __init__(
        self,
        model: Any,
        writer: Writer,
        training: Sequence[Example],
        selection: Sequence[Example],
        *,
        trainable: Sequence[Group],
        config: LanguageConfig,
        vocabulary: AudioVocabulary | None = None,
        texts: TextMix | None = None,
    ) -> None:
        self.model, self.writer, self.config = model, writer, config
        self.vocabulary, self.texts = vocabulary, texts
        self.whole, self.bins = Whole(model), model.config.audio_config.num_mel_bins
        self.training, self.selection, self.trainable = training, selection, trainable
        self.lengths_s = np.array([example.duration_s for example in training])
        self.repeats = repeats_of(training, config.data)
        self.mixer = Mixer(training, config.augment)
        self.other_texts = _texts_by_language([example.record for example in training])
        freeze_all_but(model, trainable)
        if config.run.shard and processes().count > 1:
            self._shard(processes())

    def groups(self) -> list[Group]:
        """What the stage trains."""
        return list(self.trainable)

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
        """Weighted cross-entropy of documents and answers."""
        self.model.train()
        pairs = [self._disturbed(self.training[index], rng) for index in batch]
        texts = [] if self.texts is None else self.texts.draw(len(batch), rng)
        packed = pack([*(sequence for _, sequence in pairs), *texts])
        with self._precision():
            loss, losses = self.whole(self._losses, [mel for mel, _ in pairs], packed)
        losses = losses.cpu()
        of_clips = packed.sources < len(pairs) * packed.ids.shape[1]
        high = (packed.weights >= self.config.weights.closed) & of_clips
        figures = {"closed": float(losses[high].mean())} if bool(high.any()) else {}
        return loss, {**figures, "tokens": float(packed.ids.numel())}

    @torch.no_grad()  # not inference mode, in which FSDP cannot gather
    def evaluate(self) -> dict[str, float]:
        """Share of right readings by ``field/corpus``, with the true values before each field.

        Where there are texts, also the mean loss of a token of held-out ones.
        """
        self.model.eval()
        hits: dict[str, list[float]] = defaultdict(list)
        for example in self.selection:
            for reading, said in self.read(example):
                name = reading.field
                corpus = example.record.corpus.partition("+")[0]
                hits[f"{name}/{corpus}" if name == "emotion" else name].append(
                    float(said == reading.truth)
                )
        shares = {name: sum(values) / len(values) for name, values in sorted(hits.items())}
        return shares | self._text_loss()

    @torch.no_grad()
    def read(self, example: Example) -> list[tuple[Reading, int]]:
        """Every closed choice in the clip's document and questions, with the model's choice."""
        samples = example.samples()
        count = audio_token_count(len(samples))
        found = []
        for reading in readings_of(self.writer, example.record, count):
            found += self.whole(self._choices, mel_of(samples, self.bins), reading)
        return found

    def _text_loss(self) -> dict[str, float]:
        held_out = [] if self.texts is None else self.texts.held_out()
        if not held_out:
            return {}
        with self._precision():
            losses = [self.whole(self._losses, [], pack([text]))[1] for text in held_out]
        return {"text loss": float(torch.cat(losses).mean())}

    def _losses(
        self, model: Any, mels: Sequence[np.ndarray], packed: Packed
    ) -> tuple[Tensor, Tensor]:
        audio_id = self.writer.tokens.audio_id
        return batch_loss(model, mels, packed, audio_id, self.vocabulary)

    def _choices(
        self, model: Any, mel: np.ndarray, reading: ReadingSequence
    ) -> list[tuple[Reading, int]]:
        with self._precision():
            packed, audio_id = pack([reading.sequence]), self.writer.tokens.audio_id
            hidden = hidden_states(model, [mel], packed, audio_id, self.vocabulary)
        return read_choices(model, hidden[0], reading)

    def _precision(self) -> torch.autocast:
        return precision(self.model.device, bf16=self.config.schedule.bf16)

    def _shard(self, among: Processes) -> None:
        shard(self.whole, among, bf16=self.config.schedule.bf16)
        self.trainable = split_groups(self.trainable, self.model)

    def _disturbed(
        self, example: Example, rng: np.random.Generator
    ) -> tuple[np.ndarray, ClipSequence]:
        # What is asked draws from a stream of its own, so that stages which ask other things hear
        # the same clips under the same disturbances.
        [asking] = rng.spawn(1)
        clip = disturbed(self.mixer.draw(example, rng), self.config.augment, rng)
        mel = mask_bands(mel_of(clip.samples, self.bins), self.config.augment, rng)
        kind = self._kind(clip.record, asking)
        if kind == "speech":
            return self._said(example)
        branches = self._branches(clip.record, kind, asking)
        return mel, self.writer.clip(audio_token_count(len(clip.samples)), branches)

    def _said(self, example: Example) -> tuple[np.ndarray, ClipSequence]:
        """An answer is to be learned as it is: nothing is disturbed, mixed in or masked."""
        samples = example.samples()
        sequence = self.writer.speech(example.record, audio_token_count(len(samples)))
        return mel_of(samples, self.bins), sequence

    def _branches(
        self, record: Record, kind: AskedKind, rng: np.random.Generator
    ) -> list[tuple[list[PromptPart], Branch]]:
        """What the clip is asked: one sample of a kind, then further questions."""
        branches = []
        if kind == "transcript":
            branches.append(self.writer.transcript(record))
        elif kind != "question":
            branches.append(self.writer.document(record, kind, self._other_text(record, rng), rng))
        questions = self._questions(record, self.config.questions_per_clip + 1 - len(branches), rng)
        return [*branches, *map(self.writer.question, questions)]

    def _kind(self, record: Record, rng: np.random.Generator) -> SampleKind:
        kinds = [kind for kind in self.config.kinds if can_be_asked(record, kind)]
        shares = np.array([self.config.kinds[kind] for kind in kinds])
        return kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]

    def _other_text(self, record: Record, rng: np.random.Generator) -> str:
        texts = self.other_texts.get(record.language) or [""]
        return texts[int(rng.integers(len(texts)))]

    def _questions(self, record: Record, count: int, rng: np.random.Generator) -> list[QaItem]:
        count = min(count, len(record.qa))
        return (
            [record.qa[int(i)] for i in rng.choice(len(record.qa), count, replace=False)]
            if count
            else []
        )


def freeze_all_but(model: Any, trainable: Sequence[Group]) -> None:
    """Let gradients reach only the tensors in ``trainable``."""
    model.requires_grad_(False)
    for group in trainable:
        for weight in group.weights.values():
            weight.requires_grad_(True)


def _texts_by_language(records: Sequence[Record]) -> dict[str, list[str]]:
    texts: dict[str, set[str]] = defaultdict(set)
    for record in records:
        if record.document.transcription:
            texts[record.language].add(record.document.transcription)
    return {language: sorted(found) for language, found in texts.items()}
