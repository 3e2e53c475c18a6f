"""What one generation has put out so far: its text, what it cost, and how much budget is left.

Used by every decoding loop. Knows nothing of constraints or of how a token is chosen.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

from uas_model.runner.request import Final, Finish, GenerateRequest, TokenCounts


class Ended(Exception):
    """The generation ends before its constraint is complete."""

    def __init__(self, finish: Finish) -> None:
        self.finish = finish


class Output:
    """Text and counts of one generation.

    Args:
        request: gives the budget.
        token_bytes: bytes of every token, empty for control tokens.
        say: gets whole characters as they come.
    """

    def __init__(
        self,
        request: GenerateRequest,
        token_bytes: Sequence[bytes],
        say: Callable[[str], None],
    ) -> None:
        self._request = request
        self._token_bytes = token_bytes
        self._say = say
        # vLLM 0.32 tells its grammar that a token such as b"\xa5\xbd" is two U+FFFD, so it may
        # stand where no character can go on: the text then holds what the grammar has seen.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text: list[str] = []
        self._sampled = 0
        self._forced = 0

    @property
    def room(self) -> int:
        """Tokens that the budget has left."""
        return self._request.max_tokens - self._sampled - self._forced

    def emit(self, ids: Sequence[int], *, forced: bool) -> Sequence[int]:
        """Put `ids` behind the text as far as the budget goes; return those that went in."""
        taken = ids[: self.room]
        if forced:
            self._forced += len(taken)
        else:
            self._sampled += len(taken)
        data = b"".join(self._token_bytes[token] for token in taken)
        text = self._decoder.decode(data)
        if text:
            self._text.append(text)
            self._say(text)
        return taken

    def final(self, finish: Finish, probs: dict[str, dict[str, float]]) -> Final:
        """Sum up; `probs` are handed out only when the request asked for them."""
        request = self._request
        return Final(
            text="".join(self._text),
            finish=finish,
            tokens=TokenCounts(
                len(request.prompt_ids), len(request.prefill_ids), self._sampled, self._forced
            ),
            slot_probs=probs if request.want_probs else None,
            tail=self._decoder.getstate()[0],
        )
