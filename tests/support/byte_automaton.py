"""An outlines-core automaton over single bytes: what legal texts are, and the shortest way out."""

from collections import deque
from collections.abc import Iterator
from functools import cache

from outlines_core import Index, Vocabulary

_END_TOKEN = 256


class ByteAutomaton:
    """Automaton of a regex; states are numbers, ``distance`` the fewest bytes to a final state."""

    def __init__(self, regex: str) -> None:
        bytes_alone: dict[str | bytes, list[int]] = {bytes([byte]): [byte] for byte in range(256)}
        index = Index(regex, Vocabulary(_END_TOKEN, bytes_alone))
        self.start: int = index.get_initial_state()
        self.finals: set[int] = set(index.get_final_states())
        self.next: dict[int, dict[int, int]] = {
            state: {byte: after for byte, after in row.items() if byte != _END_TOKEN}
            for state, row in index.get_transitions().items()
        }
        self.distance = self._distances()

    def path(self, text: bytes, state: int | None = None) -> Iterator[int | None]:
        """State before each byte and after the last; None from where the text leaves."""
        here: int | None = self.start if state is None else state
        yield here
        for byte in text:
            here = self.next.get(here, {}).get(byte) if here is not None else None
            yield here

    def walk(self, text: bytes, state: int | None = None) -> int | None:
        """State after ``text``, or None when it leaves the automaton."""
        return deque(self.path(text, state), maxlen=1)[0]

    def accepts(self, text: bytes) -> bool:
        """Whether the whole text is legal."""
        return self.walk(text) in self.finals

    def _distances(self) -> dict[int, int]:
        before: dict[int, set[int]] = {}
        for state, row in self.next.items():
            for after in set(row.values()):
                before.setdefault(after, set()).add(state)
        found = dict.fromkeys(self.finals, 0)
        queue = deque(self.finals)
        while queue:
            state = queue.popleft()
            for earlier in before.get(state, ()):
                if earlier not in found:
                    found[earlier] = found[state] + 1
                    queue.append(earlier)
        return found


@cache
def byte_automaton(regex: str) -> ByteAutomaton:
    """Automaton of a regex, built once."""
    return ByteAutomaton(regex)
