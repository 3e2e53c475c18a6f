"""From a record to token ids and loss weights.

One clip carries several *branches*: a document, and questions on the clip. They share the prompt up
to the end of the audio, and the attention mask keeps them apart, so each branch is computed as if
it stood alone while the audio is computed once. Ids come from ``TextTokens.encode_prompt`` and
``encode_pieces`` only, which are also what the server uses.

Weights say how much a token counts in the loss. A field that the record does not know has weight
0; closed values count most; text that the decoder forces counts little, but not nothing, because
free generation by stock transformers must write it too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from uas_schema.document import CLOSED_FIELDS, UasDocument
from uas_schema.prompts import YES_NO, PromptFamily, PromptPart
from uas_schema.records import KnownField, QaItem, Record
from uas_schema.skeleton import Piece, pieces
from uas_training.config import DocumentKind, WeightsConfig

_SLOT_FIELDS: dict[str, KnownField] = {
    "transcription": "transcription",
    "paralinguistics.age": "age",
    "paralinguistics.gender": "gender",
    "paralinguistics.emotion": "emotion",
    "paralinguistics.accent": "accent",
    "paralinguistics.prosody": "prosody",
    "paralinguistics.timbre": "timbre",
    "nonLinguisticEvents.description": "description",
    "nonLinguisticEvents.discreteEvents": "discreteEvents",
    "nonLinguisticEvents.continuousEvents": "continuousEvents",
}
_CLOSED = ("paralinguistics.age", "paralinguistics.gender", "paralinguistics.emotion")


class Tokens(Protocol):
    """The part of ``uas_model.tokens.TextTokens`` that training needs."""

    audio_id: int

    def control(self, name: str) -> int:
        """Id of a control token."""

    def encode_text(self, text: str) -> list[int]:
        """Ids of plain text; control tokens in it stay text."""

    def encode_prompt(self, parts: Sequence[PromptPart], n_audio_tokens: int) -> list[int]:
        """Ids of a rendered prompt."""

    def encode_pieces(self, parts: Sequence[Piece]) -> list[int]:
        """Ids of document pieces, each tokenised apart."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids; control tokens vanish."""


@dataclass(frozen=True)
class Branch:
    """Ids that follow the shared audio, and the weight of predicting each of them."""

    ids: tuple[int, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class ClipSequence:
    """Shared prefix, which ends with the audio if there is any, and the branches after it."""

    prefix: tuple[int, ...]
    branches: tuple[Branch, ...]

    @property
    def length(self) -> int:
        """Tokens computed for the clip."""
        return len(self.prefix) + sum(len(branch.ids) for branch in self.branches)


class Writer:
    """Writes records as token sequences for one prompt family and tokenizer."""

    def __init__(self, tokens: Tokens, prompts: PromptFamily, weights: WeightsConfig) -> None:
        self.tokens, self.prompts, self.weights = tokens, prompts, weights
        self.stop = tokens.control(prompts.stop)

    def clip(
        self, n_audio_tokens: int, branches: Sequence[tuple[list[PromptPart], Branch]]
    ) -> ClipSequence:
        """Join prompts and answers behind one audio prefix of ``n_audio_tokens``."""
        prefix: tuple[int, ...] = ()
        joined = []
        for parts, answer in branches:
            ids = self.tokens.encode_prompt(parts, n_audio_tokens)
            cut = len(ids) - ids[::-1].index(self.tokens.audio_id)
            prefix = tuple(ids[:cut])
            task = tuple(ids[cut:])
            joined.append(Branch(task + answer.ids, (0.0,) * len(task) + answer.weights))
        return ClipSequence(prefix, tuple(joined))

    def document(
        self, record: Record, kind: DocumentKind, other_text: str, rng: np.random.Generator
    ) -> tuple[list[PromptPart], Branch]:
        """The clip's document as an answer, with its prompt.

        ``drafted`` shows a slightly damaged transcript in the prompt. ``wrong_transcript`` writes
        ``other_text`` where the transcript belongs, without loss on it: the closed fields must then
        come from the sound, not from the words.
        """
        true = with_placeholders(record, rng)
        text = true.transcription
        if text is None or kind == "plain":
            draft = "" if text is None and kind == "drafted" else None
            return self.prompts.render("uas", draft=draft), self._answer(record, true, kind)
        if kind == "drafted":
            draft = damaged(text, rng)
            return self.prompts.render("uas", draft=draft), self._answer(record, true, kind)
        document = true.model_copy(update={"transcription": other_text})
        return self.prompts.render("uas"), self._answer(record, document, kind)

    def question(self, item: QaItem) -> tuple[list[PromptPart], Branch]:
        """A question and its answer, with the stop token."""
        choices = YES_NO if item.kind == "yes_no" else item.choices
        parts = self.prompts.render("ask", question=item.question, choices=choices)
        return parts, self._words(item.answer)

    def transcript(self, record: Record) -> tuple[list[PromptPart], Branch]:
        """What is said, as a recogniser writes it; nothing where nobody speaks."""
        return self.prompts.render("asr"), self._words(record.document.transcription or "")

    def speech(self, record: Record, n_audio_tokens: int) -> ClipSequence:
        """What is said in the clip, and its audio tokens as the answer, as in synthesis.

        The audio id stands for each of them. They count as the words of a document's transcript.
        """
        parts = self.prompts.render("tts", text=record.document.transcription or "")
        ids = (*(self.tokens.audio_id,) * n_audio_tokens, self.stop)
        weights = (*(self.weights.transcription,) * n_audio_tokens, self.weights.stop)
        prompt = tuple(self.tokens.encode_prompt(parts, 0))
        return ClipSequence(prompt, (Branch(ids, weights),))

    def text(self, prompt: str, reply: str, weight: float) -> ClipSequence:
        """What a user writes, and the reply to it; no clip. Every token of it has ``weight``."""
        ids = (*self.tokens.encode_text(reply), self.stop)
        parts = self.prompts.render("text", text=prompt)
        return ClipSequence(
            tuple(self.tokens.encode_prompt(parts, 0)), (Branch(ids, (weight,) * len(ids)),)
        )

    def _words(self, text: str) -> Branch:
        ids = (*self.tokens.encode_text(text), self.stop)
        return Branch(ids, (self.weights.answer,) * len(ids))

    def _answer(self, record: Record, document: UasDocument, kind: DocumentKind) -> Branch:
        ids: list[int] = []
        weights: list[float] = []
        for piece in pieces(document):
            piece_ids = self.tokens.encode_pieces([piece])
            ids += piece_ids
            weights += self._piece_weights(record, piece, len(piece_ids), kind)
        ids.append(self.stop)
        weights.append(self.weights.stop)
        return _without_unknown_end(ids, weights, self.weights.literal)

    def _piece_weights(
        self, record: Record, piece: Piece, count: int, kind: DocumentKind
    ) -> list[float]:
        if piece.forced or piece.slot_name is None:
            return [self.weights.literal] * count
        slot = piece.slot_name
        if record.known[_SLOT_FIELDS[slot.partition("[]")[0]]] == "none":
            return [0.0] * count
        if slot == "transcription":
            words = {"drafted": self.weights.drafted, "wrong_transcript": 0.0}
            rest = words.get(kind, self.weights.transcription)
            return [self.weights.branch] + [rest] * (count - 1)
        return [self._slot_weight(slot)] * count

    def _slot_weight(self, slot: str) -> float:
        if slot in _CLOSED:
            return self.weights.closed
        if slot.endswith(".label"):
            return self.weights.label
        if slot.endswith(".characteristic"):
            return self.weights.characteristic
        if slot.endswith("Events"):
            return self.weights.decision
        return self.weights.free


def with_placeholders(record: Record, rng: np.random.Generator) -> UasDocument:
    """The document with a drawn value for each closed field of a voice that nobody knows.

    The grammar has no null there, and what is known "none" carries no loss.
    """
    document, voice = record.document, record.document.paralinguistics
    if not document.has_voice:
        return document
    drawn = {
        field: values[int(rng.integers(len(values)))]
        for field, values in CLOSED_FIELDS.items()
        if getattr(voice, field) is None and record.known[field] == "none"
    }
    return document.replace(paralinguistics=voice.replace(**drawn)) if drawn else document


def damaged(text: str, rng: np.random.Generator) -> str:
    """A transcript as a small recogniser might draft it: about one word in ten lost or doubled."""
    words = []
    for word in text.split():
        chance = rng.random()
        if chance < 0.05:
            continue
        words += [word, word] if chance < 0.08 else [word]
    return " ".join(words)


def _without_unknown_end(ids: list[int], weights: list[float], literal: float) -> Branch:
    """Cut what follows the last token that teaches more than a literal and is not the stop.

    Half of a document is worth no computing when its events are not known.
    """
    useful = [i for i, weight in enumerate(weights[:-1]) if weight > literal]
    last_unknown = 0.0 in weights and weights[-2] in (literal, 0.0)
    end = useful[-1] + 1 if useful and last_unknown and useful[-1] < len(ids) - 8 else len(ids)
    return Branch(tuple(ids[:end]), tuple(weights[:end]))
