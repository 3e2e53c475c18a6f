"""A regular expression over single bytes: how far a text of any tokens keeps to it.

The other engines compile patterns over a model's vocabulary; of a back end only text is known.
"""

from __future__ import annotations

from functools import lru_cache

from outlines_core import Index, Vocabulary

from uas_server.engine.errors import InvalidConstraint

MOST_PATTERN_CHARACTERS = 65_536
_STOP = 0
"""A byte put behind every pattern. outlines-core loses some ways on from where a text could end; so
no text ends before this byte, and whether one is complete is whether it may come."""

_END = 256
_BYTES: dict[str | bytes, list[int]] = {bytes([byte]): [byte] for byte in range(_END)}


class ByteAutomaton:
    """The automaton of one pattern; holds no position itself."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MOST_PATTERN_CHARACTERS:
            raise InvalidConstraint(
                f"the pattern has {len(pattern)} characters; at most {MOST_PATTERN_CHARACTERS}"
            )
        try:
            index = Index(rf"(?:{pattern})\x00", Vocabulary(_END, _BYTES))
        except (ValueError, RuntimeError) as error:
            raise InvalidConstraint(
                f"the pattern {pattern[:80]!r} cannot be compiled; look-around, back-references "
                "and impossible patterns are not supported"
            ) from error
        self.start: int = index.get_initial_state()
        self._finals = frozenset(index.get_final_states())
        self._next: dict[int, dict[int, int]] = index.get_transitions()

    def after(self, state: int, byte: int) -> int | None:
        """The state after a byte of text; None where it may not come, and for the byte 0."""
        return None if byte == _STOP else self._next.get(state, {}).get(byte)

    def is_complete(self, state: int) -> bool:
        """Whether the text so far matches the whole pattern."""
        return self._next.get(state, {}).get(_STOP) in self._finals

    def must_end(self, state: int) -> bool:
        """Whether it matches and no longer text does."""
        return self.is_complete(state) and self._next.get(state, {}).keys() == {_STOP}


@lru_cache(maxsize=64)
def byte_automaton(pattern: str) -> ByteAutomaton:
    """The automaton of a pattern, the last 64 kept. Raises `InvalidConstraint`."""
    return ByteAutomaton(pattern)
