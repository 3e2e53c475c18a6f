"""Text to token ids and back, the same way in training, drafting, prefilling and serving.

Two rules keep ids equal everywhere. Text is tokenised with the control tokens switched off, so
`<|im_end|>` that a user typed or spoke is seven characters of text. And the pieces of a document
are tokenised apart and concatenated, because tokenising the whole string gives other ids at the
seams between forced and free text. Knows no prompts and no documents, only their parts.
"""

import difflib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

from tokenizers import Tokenizer

from uas_model.errors import BadCheckpoint
from uas_model.tokenizer import AUDIO_TOKEN
from uas_schema.prompts import Audio, Control, PromptPart, Text


class TextPiece(Protocol):
    """A run of a document's text; `uas_schema.skeleton.Piece` is one."""

    @property
    def text(self) -> str:
        """The piece's part of the canonical text."""


class TextTokens:
    """The vocabulary of a checkpoint, read from its `tokenizer.json`.

    Args:
        path: the tokenizer file.
        end_of_turn: the control token that ends an answer.
        audio: the control token that stands for a clip.
    """

    def __init__(
        self, path: Path, end_of_turn: str = "<|im_end|>", audio: str = AUDIO_TOKEN
    ) -> None:
        try:
            definition = path.read_text(encoding="utf-8")
            self._tokenizer = Tokenizer.from_str(definition)
        except Exception as error:  # tokenizers raises bare Exception on a bad file
            raise BadCheckpoint(
                f"cannot read {path.name}: build the model again, or save the tokenizer of another "
                "model in its fast form (PreTrainedTokenizerFast.save_pretrained)"
            ) from error
        self._tokenizer.encode_special_tokens = True
        added = json.loads(definition)["added_tokens"]
        self._control = {token["content"]: int(token["id"]) for token in added if token["special"]}
        self._plain = {token["content"] for token in added if not token["special"]}
        self._control_names = {index: name for name, index in self._control.items()}
        self.eos_id = self.control(end_of_turn)
        self.audio_id = self.control(audio)

    def __len__(self) -> int:
        """Number of ids, control tokens and ids that stand for nothing included."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values()) + 1

    def encode_text(self, text: str) -> list[int]:
        """Ids of plain text; names of control tokens in it are text like any other."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def control(self, name: str) -> int:
        """Id of a control token.

        Raises:
            BadCheckpoint: the vocabulary has no such control token; names the nearest.
        """
        if name not in self._control:
            near = difflib.get_close_matches(name, self._control, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise BadCheckpoint(f"the tokenizer has no control token {name!r}{hint}")
        return self._control[name]

    def control_name(self, token: int) -> str | None:
        """Name of a control token; None for one that is text."""
        return self._control_names.get(token)

    def encode_prompt(self, parts: Sequence[PromptPart], n_audio_tokens: int = 0) -> list[int]:
        """Ids of a rendered prompt, with `n_audio_tokens` copies of the audio id per audio part.

        Neighbouring text parts are joined first: that is how a chat template tokenises them.
        """
        ids: list[int] = []
        pending = ""
        for part in parts:
            if isinstance(part, Text):
                pending += part.text
                continue
            ids += self.encode_text(pending)
            pending = ""
            ids += self._markers(part, n_audio_tokens)
        return ids + self.encode_text(pending)

    def encode_pieces(self, pieces: Iterable[TextPiece]) -> list[int]:
        """Ids of a document's pieces, tokenised apart and concatenated."""
        return [token for piece in pieces for token in self.encode_text(piece.text)]

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes that ids stand for; control tokens stand for none."""
        table = self.token_bytes
        return b"".join(table[token] for token in ids)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; bytes that are no UTF-8 become U+FFFD, control tokens vanish."""
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    @cached_property
    def token_bytes(self) -> list[bytes]:
        """Bytes of every id, `b""` for control tokens: the vocabulary that guides compile over."""
        table = [b""] * len(self)
        characters = _bytes_of_characters()
        for token, index in self._tokenizer.get_vocab(with_added_tokens=True).items():
            if token in self._plain:
                table[index] = token.encode()
            elif token not in self._control:
                table[index] = bytes(characters[character] for character in token)
        return table

    def _markers(self, part: Control | Audio, n_audio_tokens: int) -> list[int]:
        if isinstance(part, Control):
            return [self.control(part.token)]
        return [self.audio_id] * n_audio_tokens


def _bytes_of_characters() -> dict[str, int]:
    """The byte that each character of a byte-level vocabulary stands for (GPT-2's table)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in printable}
    others = (byte for byte in range(256) if byte not in printable)
    return table | {chr(256 + position): byte for position, byte in enumerate(others)}
