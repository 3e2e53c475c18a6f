"""Stage ``align``: the language model gets a vocabulary of sounds.

Every audio token has a row in the embedding and in the output matrix. They learn from two kinds of
sequences: audio tokens to text, as in recognition, and text to audio tokens, as in synthesis. All
that the language model knew stays as it was.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from uas_model.audio_vocabulary import put_sounds
from uas_training.config import AlignConfig
from uas_training.data.batches import epoch_batches
from uas_training.data.examples import Example, repeats_of
from uas_training.data.sequences import Branch, ClipSequence, Writer
from uas_training.encoder import precision
from uas_training.language import pack, token_states, weighted_loss
from uas_training.loop import Group
from uas_training.stages.language import freeze_all_but

INPUT_ROWS, OUTPUT_ROWS = "rows.input", "rows.output"
Direction = Literal["asr", "tts"]
DIRECTIONS: tuple[Direction, ...] = ("asr", "tts")


class Spoken:
    """Clips with a known transcript, as audio tokens.

    Args:
        examples: the clips.
        tokens: their audio tokens, numbers of centroids.
    """

    def __init__(self, examples: Sequence[Example], tokens: Sequence[Sequence[int]]) -> None:
        self.examples, self.tokens = examples, tokens

    def __len__(self) -> int:
        """Number of clips."""
        return len(self.examples)

    def text(self, index: int) -> str:
        """What is said in a clip."""
        return self.examples[index].record.document.transcription or ""


def has_transcript(example: Example) -> bool:
    """Whether what is said in the clip is known."""
    record = example.record
    return record.known["transcription"] != "none" and bool(record.document.transcription)


class Align:
    """The stage as the loop sees it.

    Args:
        model: AudioFlamingo3 with the new rows in place.
        writer: makes prompts and ids.
        first_id: id of audio token 0.
        training: clips to learn from; they are not disturbed.
        selection: held-out clips.
        rows: the new rows of the embedding and of the output layer.
        config: the stage's configuration.
    """

    def __init__(
        self,
        model: Any,
        writer: Writer,
        first_id: int,
        training: Spoken,
        selection: Spoken,
        *,
        rows: tuple[nn.Parameter, nn.Parameter],
        config: AlignConfig,
    ) -> None:
        self.model, self.writer, self.first_id, self.config = model, writer, first_id, config
        self.training, self.selection = training, selection
        named = dict(zip((INPUT_ROWS, OUTPUT_ROWS), rows, strict=True))
        self.trainable = [Group(config.row_rate, named)]
        self.lengths_s = np.array([example.duration_s for example in training.examples])
        self.repeats = repeats_of(training.examples, config.data)
        freeze_all_but(model, self.trainable)

    def groups(self) -> list[Group]:
        """The new rows."""
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
        """Mean cross-entropy of the text of some clips and the audio tokens of the others."""
        self.model.train()
        drawn = rng.random(len(batch)) < self.config.said_share
        sequences = [
            self.sequence(self.training, index, "tts" if said else "asr")
            for index, said in zip(batch, drawn, strict=True)
        ]
        loss, _ = self._losses(sequences)
        return loss, {}

    @torch.inference_mode()
    def evaluate(self) -> dict[str, float]:
        """Mean loss of a token of held-out clips, from sound to text and from text to sound."""
        self.model.eval()
        if not len(self.selection):
            return {}
        return {f"{direction} loss": self._held_out(direction) for direction in DIRECTIONS}

    def sequence(self, clips: Spoken, index: int, direction: Direction) -> ClipSequence:
        """A clip as a prompt and its answer."""
        text, prompts, tokens = clips.text(index), self.writer.prompts, self.writer.tokens
        sound = [self.first_id + token for token in clips.tokens[index]]
        if direction == "tts":
            prompt = tokens.encode_prompt(prompts.render("tts", text=text), 0)
            answer = [*sound, self.writer.stop]
        else:
            marked = tokens.encode_prompt(prompts.render("asr"), len(sound))
            prompt = put_sounds(marked, tokens.audio_id, [sound])
            answer = [*tokens.encode_text(text), self.writer.stop]
        return ClipSequence(tuple(prompt), (Branch(tuple(answer), (1.0,) * len(answer)),))

    def _held_out(self, direction: Direction) -> float:
        losses = [
            self._losses([self.sequence(self.selection, index, direction)])[1]
            for index in range(len(self.selection))
        ]
        return float(torch.cat(losses).mean())

    def _losses(self, sequences: Sequence[ClipSequence]) -> tuple[Tensor, Tensor]:
        packed = pack(sequences)
        with precision(self.model.device, bf16=self.config.schedule.bf16):
            return weighted_loss(self.model, token_states(self.model, packed), packed)
