"""A few allowed texts as a tree of tokens, so that all of them are scored in one pass.

Knows nothing of torch: it lays the tree out as lists that a forward pass can take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

ROOT = -1


@dataclass(frozen=True)
class TokenTrie:
    """The tree of the paths of several token sequences.

    Only nodes with a child are laid out: the last token of a path is scored by its parent's row
    and need not be computed.

    Attributes:
        paths: the token ids of each text.
        ids: token of each laid-out node, parents before children.
        parents: index of each node's parent among the nodes, `ROOT` for the first ones.
        steps: per path, for each of its tokens the row that predicts it (`ROOT`: the row before
            the tree).
    """

    paths: tuple[tuple[int, ...], ...]
    ids: tuple[int, ...]
    parents: tuple[int, ...]
    steps: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, paths: Sequence[Sequence[int]]) -> TokenTrie:
        """Lay out `paths`; none may be empty, equal to another or the start of another."""
        found = tuple(tuple(path) for path in paths)
        for path in found:
            clash = [other for other in found if other[: len(path)] == path]
            if not path or len(clash) != 1:
                raise ValueError(f"path {path} is empty or starts another one")
        nodes: dict[tuple[int, ...], int] = {}
        ids: list[int] = []
        parents: list[int] = []
        steps: list[tuple[int, ...]] = []
        for path in found:
            rows = [ROOT]
            for depth in range(1, len(path)):
                prefix = path[:depth]
                if prefix not in nodes:
                    nodes[prefix] = len(ids)
                    ids.append(path[depth - 1])
                    parents.append(rows[-1])
                rows.append(nodes[prefix])
            steps.append(tuple(rows))
        return cls(found, tuple(ids), tuple(parents), tuple(steps))

    @classmethod
    def of_texts(cls, paths: Sequence[Sequence[int]], end_id: int) -> TokenTrie:
        """Lay out the tokens of texts; all end with `end_id` when one text begins another."""
        if is_start_of_another(paths):
            paths = [(*path, end_id) for path in paths]
        return cls.of(paths)

    def nodes_on(self, choice: int) -> tuple[int, ...]:
        """Nodes on the way to text number `choice`, in order."""
        return self.steps[choice][1:]


def is_start_of_another(paths: Sequence[Sequence[int]]) -> bool:
    """Whether any path is equal to, or the beginning of, another one."""
    ordered = sorted(tuple(path) for path in paths)
    return any(second[: len(first)] == first for first, second in pairwise(ordered))
