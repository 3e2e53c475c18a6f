"""Takes in an answer as far as it keeps to its pattern.

A back end that was only asked for a form in words wraps it: in white space, in a code fence, behind
a repetition of how the answer begins. A tolerant reader takes such wrapping off, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from uas_server.engine.remote.automaton import ByteAutomaton

_SPACE = frozenset(b" \t\r\n")
_FENCE = re.compile(rb"\s*```[A-Za-z]*\s*\n")
_COULD_BE_FENCE = re.compile(rb"\s*(?:`{0,2}|```[A-Za-z]*\s*)")


class Reader:
    """One answer.

    Args:
        automaton: of the pattern.
        written: what was read of this pattern before; the answer goes on from there.
        said: all that the answer goes on from, which a tolerant reader may meet again.
        tolerant: take wrapping off.

    Attributes:
        strayed: the answer left its pattern; nothing more is taken in.
    """

    def __init__(
        self, automaton: ByteAutomaton, written: str = "", said: str = "", *, tolerant: bool = False
    ) -> None:
        self.strayed = False
        self._automaton = automaton
        self._state = automaton.start
        self._said = said
        self._tolerant = tolerant
        self._half = b""
        self._legal(written.encode())
        self._unread: bytes | None = b"" if tolerant else None

    @property
    def is_complete(self) -> bool:
        """Whether what was taken in matches the whole pattern."""
        return self._automaton.is_complete(self._state)

    @property
    def is_done(self) -> bool:
        """Whether nothing more can follow."""
        return self._automaton.must_end(self._state)

    def feed(self, text: str) -> str:
        """Take text in; return what of it is legal and new, in whole characters."""
        data = text.encode()
        if self._unread is not None:
            self._unread += data
            data = unwrapped(self._unread, self._said)
            if not data:
                return ""
            self._unread = None
        return self._legal(data)

    def end(self) -> str:
        """The answer is over; return what was held back of it and is legal."""
        data, self._unread = self._unread or b"", None
        return self._legal(data)

    def takes(self, text: str) -> bool:
        """Whether `text` may come next."""
        state: int | None = self._state
        for byte in text.encode():
            state = None if state is None else self._automaton.after(state, byte)
        return state is not None and not self._half

    def _legal(self, data: bytes) -> str:
        taken = bytearray(self._half)
        for byte in data:
            if self.strayed or self.is_done:
                break
            after = self._automaton.after(self._state, byte)
            if after is not None:
                self._state = after
                taken.append(byte)
            elif not (self._tolerant and byte in _SPACE):
                self.strayed = True
        whole = bytes(taken).decode(errors="ignore")
        self._half = bytes(taken)[len(whole.encode()) :]
        return whole


def chosen_among(texts: Sequence[str], answer: str, said: str) -> str | None:
    """Which of `texts` an answer is, or begins with; wrapping and case do not matter."""
    if answer.strip() in texts:
        return answer.strip()
    plain = unwrapped(answer.encode(), said).decode(errors="ignore").strip().casefold()
    begun = [text for text in texts if plain.startswith(text.casefold())]
    return max(begun, key=len, default=None)


def unwrapped(data: bytes, said: str) -> bytes:
    """An answer without code fence and repetition; empty while that cannot be said yet."""
    if _COULD_BE_FENCE.fullmatch(data):
        return b""
    fence = _FENCE.match(data)
    rest = data[fence.end() :] if fence else data.lstrip()
    kept = _after_repetition(rest, said.encode())
    return rest if kept is None else kept


def _after_repetition(data: bytes, said: bytes) -> bytes | None:
    """What follows `said` in `data`, white space apart; empty when `data` may yet go on so.

    None when it is no repetition.
    """
    place = 0
    for wanted in said:
        while place < len(data) and data[place] in _SPACE and data[place] != wanted:
            place += 1
        if place == len(data):
            return b""
        if data[place] != wanted:
            return None
        place += 1
    return data[place:] if said else None
