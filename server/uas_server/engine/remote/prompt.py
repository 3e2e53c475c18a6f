"""From a request's token ids back to the text and the place of the clip, for a chat API.

A back end puts the frame of a turn (roles, control tokens) around a message itself, so ours is
taken off. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from uas_model.audio_tokens import COUNTS
from uas_model.runner.request import GenerateRequest
from uas_model.tokens import TextTokens
from uas_schema.prompts import Audio, Control, PromptFamily, PromptPart, Text, TurnPart
from uas_server.engine.errors import EngineError


@dataclass(frozen=True)
class Turn:
    """What the user's message holds, in order; `Audio` is the clip."""

    parts: tuple[Text | Audio, ...]


class TurnReader:
    """Reads prompts of one family over one vocabulary."""

    def __init__(self, tokens: TextTokens, family: PromptFamily) -> None:
        self._tokens = tokens
        own = [part.audio is not None or part.task is not None for part in family.turn]
        first, last = own.index(True), len(own) - own[::-1].index(True)
        self._family = family.family
        self._count = COUNTS[family.clip.count]
        self._fence = family.fence
        self._before = [_frame(part) for part in family.turn[:first]]
        self._after = [_frame(part) for part in family.turn[last:]]

    def read(self, request: GenerateRequest) -> Turn:
        """The message of a request's prompt. Raises `EngineError` when it is no such prompt."""
        places = sum(token == self._tokens.audio_id for token in request.prompt_ids)
        if len(request.audio) != 1 or places != self._count(len(request.audio[0])):
            raise EngineError(
                f"the prompt has {places} audio placeholders and {len(request.audio)} clips; "
                "give one clip and as many placeholders as the processor counts"
            )
        parts = _unfenced(self._parts(request.prompt_ids), self._fence)
        parts = _without(parts, self._before)
        parts = _without(parts[::-1], self._after[::-1], at_end=True)[::-1]
        found = tuple(part for part in parts if not isinstance(part, Control))
        if len(found) != len(parts) or Audio() not in found:
            raise EngineError(f"the prompt is no turn of the family {self._family!r}")
        return Turn(found)

    def _parts(self, ids: Sequence[int]) -> list[PromptPart]:
        """The reverse of `TextTokens.encode_prompt`."""
        found: list[PromptPart] = []
        for control, run in groupby(ids, self._tokens.control_name):
            if control is None:
                found.append(Text(self._tokens.decode(run)))
            elif control == self._tokens.control_name(self._tokens.audio_id):
                found.append(Audio())
            else:
                found.extend(Control(control) for _ in run)
        return found


def _unfenced(parts: list[PromptPart], fence: str) -> list[PromptPart]:
    """Without what the family writes before a document: a back end's model does so itself."""
    if not parts or not isinstance(last := parts[-1], Text):
        return parts
    return [*parts[:-1], Text(last.text.removesuffix(fence))]


def _frame(part: TurnPart) -> Control | Text:
    return Control(part.control) if part.control is not None else Text(part.text or "")


def _without(
    parts: list[PromptPart], frame: Sequence[Control | Text], *, at_end: bool = False
) -> list[PromptPart]:
    """Take the frame's parts off the beginning; of a text only the frame's part of it."""
    rest = list(parts)
    for wanted in frame:
        found = rest.pop(0) if rest else None
        if isinstance(wanted, Text) and isinstance(found, Text):
            cut = found.text.removesuffix if at_end else found.text.removeprefix
            left = cut(wanted.text)
            if left:
                rest.insert(0, Text(left))
        elif found != wanted:
            return [Control("")]
    return rest
