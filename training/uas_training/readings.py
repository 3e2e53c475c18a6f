"""Read a model's choice of a closed value from its logits, without generating.

At the first token where the allowed values part, the likeliest of those tokens is the choice. This
is quick and close to what constrained decoding gives; ``uas eval`` decodes for real.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from uas_schema.document import CLOSED_FIELDS, canonical_string
from uas_schema.prompts import YES_NO
from uas_schema.records import Record
from uas_schema.skeleton import Piece, pieces
from uas_training.data.sequences import Branch, ClipSequence, Writer, with_placeholders


@dataclass(frozen=True)
class Reading:
    """One choice: ``at`` is the position whose logits decide among ``tokens``."""

    field: str
    at: int
    tokens: tuple[int, ...]
    truth: int


@dataclass(frozen=True)
class ReadingSequence:
    """A sequence to compute once, and the choices that can be read from it."""

    sequence: ClipSequence
    readings: tuple[Reading, ...]


def readings_of(writer: Writer, record: Record, n_audio_tokens: int) -> list[ReadingSequence]:
    """The document with its known closed fields, and each question with closed answers."""
    found = [_document_readings(writer, record, n_audio_tokens)]
    for item in record.qa:
        allowed = YES_NO if item.kind == "yes_no" else item.choices
        if not allowed or item.answer not in allowed:
            continue
        parts, answer = writer.question(item)
        sequence = writer.clip(n_audio_tokens, [(parts, answer)])
        start = sequence.length - len(answer.ids)
        candidates = [writer.tokens.encode_text(text) for text in allowed]
        truth = allowed.index(item.answer)
        choice = _choice(f"qa_{item.kind}_{item.field}", start, candidates, truth)
        if choice:
            found.append(ReadingSequence(sequence, (choice,)))
    return [sequence for sequence in found if sequence.readings]


def read_choices(model: Any, hidden: Tensor, reading: ReadingSequence) -> list[tuple[Reading, int]]:
    """The model's choice at every reading; ``hidden`` is ``[L, d]``."""
    chosen = hidden[torch.tensor([one.at for one in reading.readings])]
    logits = model.lm_head(chosen.to(model.lm_head.weight.dtype)).float()
    return [
        (one, int(row[list(one.tokens)].argmax()))
        for one, row in zip(reading.readings, logits, strict=True)
    ]


def _document_readings(writer: Writer, record: Record, n_audio_tokens: int) -> ReadingSequence:
    parts = writer.prompts.render("uas")
    ids: list[int] = []
    marks: list[tuple[Piece, int]] = []
    # A closed field that nobody knows is null in a record, which no document may write.
    for piece in pieces(with_placeholders(record, np.random.default_rng(0))):
        marks.append((piece, len(ids)))
        ids += writer.tokens.encode_pieces([piece])
    sequence = writer.clip(n_audio_tokens, [(parts, Branch(tuple(ids), (0.0,) * len(ids)))])
    start = sequence.length - len(ids)
    found = [_piece_reading(writer, record, piece, start + offset) for piece, offset in marks]
    return ReadingSequence(sequence, tuple(one for one in found if one))


def _piece_reading(writer: Writer, record: Record, piece: Piece, start: int) -> Reading | None:
    if piece.slot_name == "transcription" and record.known["transcription"] != "none":
        texts = ["null", '"A']
        truth = int(record.document.has_voice)
        return _choice("voice", start, [writer.tokens.encode_text(t) for t in texts], truth)
    field = (piece.slot_name or "").removeprefix("paralinguistics.")
    if field not in CLOSED_FIELDS or record.known[field] == "none":
        return None
    texts = [canonical_string(value) for value in CLOSED_FIELDS[field]]
    candidates = [writer.tokens.encode_text(text) for text in texts]
    return _choice(field, start, candidates, texts.index(piece.text))


def _choice(
    field: str, start: int, candidates: Sequence[Sequence[int]], truth: int
) -> Reading | None:
    """The reading at the first column where candidates part; None if that column has repeats."""
    shortest = min(len(candidate) for candidate in candidates)
    for column in range(shortest):
        tokens = tuple(candidate[column] for candidate in candidates)
        if len(set(tokens)) > 1:
            distinct = len(set(tokens)) == len(tokens)
            return Reading(field, start + column - 1, tokens, truth) if distinct else None
    return None
